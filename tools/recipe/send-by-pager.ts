// Runs in a copy of the tree that has a kind of app more, a pager: registers one, sends by it, and prints the results.
import { setTimeout as sleep } from "node:timers/promises"
import { startGateway } from "../../packages/gateway/src/app/main.ts"
import { FarSide } from "../../packages/gateway/src/channels/testing/far-side.ts"
import { ADMIN_KEY, request } from "../../packages/gateway/src/doors/http/testing/start-gateway.ts"
import { placeEmptyDatabase, TemporaryFolder } from "../../packages/gateway/src/store/testing/open-store.ts"

const message = (content: string) => ({ app: "duty", to: { users: ["lisi"] }, msgtype: "text", text: { content } })

using folder = new TemporaryFolder()
await placeEmptyDatabase(folder.file())
await using farSide = await FarSide.start("/cgi-bin/pager/send")
const gateway = await startGateway({
  environment: {
    WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
    WECOM_PUSH_MASTER_KEY: "07".repeat(32),
    WECOM_PUSH_DATABASE_URL: `sqlite:${folder.file()}`,
  },
  port: 0,
  baseUrl: farSide.url,
  logTo: { write: () => {} },
})
try {
  const ask = (path: string, body?: object) =>
    request(`${gateway.url}${path}`, body === undefined ? {} : { body: { ...body } })
  const registered = await ask("/v1/apps", { name: "duty", kind: "pager", corp_id: "ww1", agent_id: 1, secret: "s" })
  const refused = await ask("/v1/messages", message("x".repeat(21)))
  const { json } = await ask("/v1/messages", message("db-3 91%"))
  const look = async () => (await ask(`/v1/messages/${String(json.id)}`)).json
  let { state } = await look()
  while (state === "queued" || state === "sending") {
    await sleep(10)
    ;({ state } = await look())
  }
  const errors = refused.json.errors?.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`)
  console.log(JSON.stringify({ registered: registered.status, refused: errors, state, sent: farSide.sent }))
} finally {
  await gateway.stop()
}
