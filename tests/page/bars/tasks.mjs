// The longest tasks of a page's own thread, from a trace of Chromium.
import { readFile } from "node:fs/promises";

/** Traces the page for so many seconds. */
export async function trace(page, file, seconds) {
  await page.tracing.start({ path: file, categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"] });
  await new Promise((done) => setTimeout(done, seconds * 1000));
  await page.tracing.stop();
  return JSON.parse(await readFile(file, "utf8")).traceEvents;
}

/**
 * The tasks of the threads that run pages' scripts, longest first: milliseconds that the thread itself
 * worked, since other programs of the machine are no part of a task; and what they did most.
 */
export function tasks(events) {
  const main = new Set(events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain").map(({ pid, tid }) => `${pid}/${tid}`));
  const ours = events.filter(({ pid, tid, ph }) => ph === "X" && main.has(`${pid}/${tid}`));
  const inner = ours.filter(({ name, cat }) => cat.includes("devtools.timeline") && name !== "RunTask");
  return ours.filter(({ name }) => name === "RunTask" || name === "ThreadControllerImpl::RunTask")
    .map((task) => {
      const parts = inner.filter((part) => part.tid === task.tid && part.pid === task.pid && part.ts >= task.ts && part.ts < task.ts + task.dur)
        .sort((a, b) => (b.tdur ?? b.dur) - (a.tdur ?? a.dur)).slice(0, 4);
      return { ms: (task.tdur ?? task.dur) / 1000, wall: task.dur / 1000, did: parts.map(({ name, dur, tdur }) => `${name} ${((tdur ?? dur) / 1000).toFixed(1)}`) };
    })
    .filter(({ ms }) => ms > 0).sort((a, b) => b.ms - a.ms);
}
