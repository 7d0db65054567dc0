// Keeps the time for a page that may be hidden: browsers slow down the timers of a hidden page, at first to
// one a second and after minutes to one a minute, but not those of its workers.
setInterval(() => postMessage(0), 250);
