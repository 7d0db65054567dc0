// The camera as a stream of pictures.
import { make } from "./element.js";
import { say } from "./language.js";

/** Longest side of a picture that is sent. */
const SIDE = 640;

/**
 * @param {(message: string) => void} fail
 * @returns {{element: HTMLVideoElement, open(): Promise<boolean>, close(): void, shot(): Promise<Blob | null>}}
 */
export function camera(fail) {
  const video = make("video", { className: "viewfinder", muted: true, playsInline: true, hidden: true, "aria-label": say("camera_alt") });
  const canvas = make("canvas");
  /** @type {MediaStream | undefined} */
  let stream;
  return {
    element: video,
    async open() {
      if (stream) return true;
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
      } catch (error) {
        fail(say("camera_refused", { why: error instanceof Error ? error.message : String(error) }));
        return false;
      }
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      return true;
    },
    close() {
      stream?.getTracks().forEach((track) => track.stop());
      stream = undefined;
      video.srcObject = null;
      video.hidden = true;
    },
    async shot() {
      const { videoWidth: width, videoHeight: height } = video;
      if (!stream || width === 0) return null;
      const scale = Math.min(1, SIDE / Math.max(width, height));
      [canvas.width, canvas.height] = [width, height].map((extent) => Math.round(extent * scale));
      canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
      return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    },
  };
}
