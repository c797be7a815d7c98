// A client that sends texts, in a process of its own: neither its heap nor its compiled code is shared with a peer's.
// Arguments: its name, the port of the stub, and where the packed packages are installed.
import { oracle } from "./oracles.ts"
import { measure } from "./rounds.ts"

const [name = "", portText = "", home = ""] = process.argv.slice(2)
const port = Number(portText)
const corp = { corpId: "ww0000000000000001", secret: "bench-secret", agentId: 1000002 }

const senders: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
  async sdk() {
    const { packedSdk } = await import("./packed.ts")
    const { text, WeCom } = await packedSdk(home)
    const wecom = new WeCom({ ...corp, baseUrl: `http://127.0.0.1:${port}` })
    let n = 0
    return () => wecom.send({ users: ["zhangsan"] }, text(`你好 ${n++}`))
  },
  async raw() {
    const { rawPoolSender } = await import("./raw-pool.ts")
    // As many sockets as the SDK may open, since neither of them knows how many calls there will be at a time.
    return rawPoolSender(port, { connections: 100 }).once
  },
  async rawWithDeadline() {
    const { rawPoolSender } = await import("./raw-pool.ts")
    return rawPoolSender(port, { connections: 100, deadlineMs: 10_000 }).once
  },
  async easywechat() {
    const { easyWeChatSender } = (await import(oracle("easywechat.ts"))) as {
      readonly easyWeChatSender: (port: number, to: typeof corp) => { once: () => Promise<unknown>; close(): void }
    }
    const sender = easyWeChatSender(port, corp)
    process.once("exit", () => sender.close())
    return sender.once
  },
}

const once = await senders[name]?.()
if (once === undefined) throw new Error(`there is no sender ${name}`)
process.once("SIGTERM", () => process.exit())
process.on("disconnect", () => process.exit(1))
process.on("message", ({ roundMs, inFlight }: { roundMs: number; inFlight: number }) => void round(roundMs, inFlight))
process.send?.({ port })

async function round(roundMs: number, inFlight: number): Promise<void> {
  const before = process.cpuUsage()
  const { done, seconds } = await measure(once as () => Promise<unknown>, roundMs, inFlight)
  const { user, system } = process.cpuUsage(before)
  process.send?.({ measured: { perSecond: done / seconds, cpuMicroseconds: (user + system) / done } })
}
