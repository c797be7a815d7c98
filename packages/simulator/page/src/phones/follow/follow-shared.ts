import type { RawFollower } from "./raw-follower.ts"
import type { Told, Wish } from "./stream-worker.ts"

/**
 * Listens by the stream of the shared worker.
 * @param onFailed the worker cannot be loaded; nothing comes then
 */
export function followShared(
  query: string,
  { onOpen, onLost, onEvent }: RawFollower,
  onFailed: () => void,
): () => void {
  const worker = new SharedWorker(new URL("stream-worker.ts", import.meta.url), { type: "module" })
  const { port } = worker
  const wish = (wanted: Wish): void => port.postMessage(wanted)
  worker.addEventListener("error", onFailed)
  port.addEventListener("message", ({ data }: MessageEvent<Told>) => {
    if (data === "open") onOpen()
    else if (data === "lost") onLost()
    else onEvent(...data)
  })
  port.start()
  wish(query)
  // The worker gets no event when a page is gone. One that is kept for a step back comes again.
  const leave = (): void => wish(null)
  const comeAgain = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) wish(query)
  }
  addEventListener("pagehide", leave)
  addEventListener("pageshow", comeAgain)
  return () => {
    removeEventListener("pagehide", leave)
    removeEventListener("pageshow", comeAgain)
    worker.removeEventListener("error", onFailed)
    leave()
    port.close()
  }
}
