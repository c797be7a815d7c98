// One big file to one person and back, in a process of its own so that its memory can be told. Prints one JSON line.
import { file, WeCom } from "@wecom-push/sdk"

const [port = "", path = ""] = process.argv.slice(2)
await using wecom = new WeCom({
  corpId: "ww0000000000000001",
  secret: "sim-secret-alerts",
  agentId: 1000002,
  baseUrl: `http://127.0.0.1:${port}`,
})
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024

// Everything is loaded and has run once, so that only the big file is counted.
const small = { content: new Uint8Array(100), filename: "small.bin" }
await wecom.send({ users: ["zhangsan"] }, file(small))
const { mediaId: smallId } = await wecom.media.upload("file", small)
await new Response((await wecom.media.get(smallId)).body).arrayBuffer()
const before = peakBytes()

const { ok } = await wecom.send({ users: ["zhangsan"] }, file({ path }))
if (!ok) throw new Error("not sent")
const uploadBytes = peakBytes() - before

const { mediaId } = await wecom.media.upload("file", { path })
let received = 0
for await (const chunk of (await wecom.media.get(mediaId)).body) received += chunk.byteLength
if (received !== 20 * 1024 * 1024) throw new Error(`${received} bytes came back`)
console.log(JSON.stringify({ uploadBytes, downloadBytes: peakBytes() - before }))
