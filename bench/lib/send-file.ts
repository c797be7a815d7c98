// One big file to one person and back, in a process of its own so that its memory can be measured. Prints one JSON line.
import { packedSdk } from "./packed.ts"

const [home = "", port = "", path = ""] = process.argv.slice(2)
const { file, WeCom } = await packedSdk(home)
await using wecom = new WeCom({
  corpId: "ww0000000000000001",
  secret: "sim-secret-alerts",
  agentId: 1000002,
  baseUrl: `http://127.0.0.1:${port}`,
})
/** How far the peak of the resident memory, measured every few milliseconds, is above the memory before. */
async function added(task: () => Promise<void>): Promise<number> {
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  let peak = before
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 2)
  await task()
  clearInterval(watch)
  return Math.max(peak, process.memoryUsage.rss()) - before
}

// Load and run everything once, so that only the big file is counted.
const small = { content: new Uint8Array(100), filename: "small.bin" }
await wecom.send({ users: ["zhangsan"] }, file(small))
const { mediaId: smallId } = await wecom.media.upload("file", small)
await new Response((await wecom.media.get(smallId)).body).arrayBuffer()

const uploadBytes = await added(async () => {
  const { ok } = await wecom.send({ users: ["zhangsan"] }, file({ path }))
  if (!ok) throw new Error("not sent")
})
const { mediaId } = await wecom.media.upload("file", { path })
const downloadBytes = await added(async () => {
  let received = 0
  for await (const chunk of (await wecom.media.get(mediaId)).body) received += chunk.byteLength
  if (received !== 20 * 1024 * 1024) throw new Error(`${received} bytes came back`)
})
console.log(JSON.stringify({ uploadBytes, downloadBytes }))
