import { text, WeCom } from "@wecom-push/sdk"
import { startServer } from "./lib/child.ts"
import { easyWeChatSender } from "./lib/easywechat.ts"
import { rawPoolSender } from "./lib/raw-pool.ts"
import type { Report } from "./lib/report.ts"
import { inRounds } from "./lib/rounds.ts"

const corp = { corpId: "ww0000000000000001", secret: "bench-secret", agentId: 1000002 }

/** Text sends of the SDK, 50 in flight, beside a raw undici Pool and node-easywechat on the same stub. */
export async function sdkSends(report: Report): Promise<void> {
  await using stub = await startServer("lib/stub.ts")
  const raw = rawPoolSender(stub.port)
  const peer = easyWeChatSender(stub.port, corp)
  await using wecom = new WeCom({ ...corp, baseUrl: `http://127.0.0.1:${stub.port}` })
  let n = 0
  const result = await inRounds([
    { name: "raw", once: raw.once },
    { name: "sdk", once: () => wecom.send({ users: ["zhangsan"] }, text(`你好 ${n++}`)) },
    { name: "easywechat", once: peer.once },
  ])
  await raw.close()
  peer.close()
  report.add({ what: "SDK text sends / raw undici Pool", measured: result.ratio("sdk", "raw"), atLeast: 0.8 })
  report.add({ what: "SDK text sends / node-easywechat", measured: result.ratio("sdk", "easywechat"), atLeast: 4 })
}
