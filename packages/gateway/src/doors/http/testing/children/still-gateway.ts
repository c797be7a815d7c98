// A gateway that pauses when it first passes a point: node … DATABASE SIMULATOR POINT [FILE]. It stops itself as by SIGSTOP;
// or, if a file is given, it blocks its process until that file exists. Prints its address, then `still`.
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { existsSync, writeSync } from "node:fs"
import { startGateway } from "../../../../app/main.ts"
import { ADMIN_KEY } from "../start-gateway.ts"

const [, , database = "", simulator = "", point = "", file] = process.argv

const listen = (message: unknown): void => {
  if ((message as { readonly point: string }).point !== point) return
  unsubscribe("wecom-push:point", listen)
  writeSync(1, "still\n")
  if (file === undefined) process.kill(process.pid, "SIGSTOP")
  else while (!existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
}
subscribe("wecom-push:point", listen)

const { corp_id: corpId } = (await (await fetch(`${simulator}/_sim/org`)).json()) as { readonly corp_id: string }
const { url } = await startGateway({
  environment: {
    WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
    WECOM_PUSH_DATABASE_URL: database,
    WECOM_PUSH_MASTER_KEY: "07".repeat(32),
  },
  port: 0,
  baseUrl: simulator,
  botUrl: `${simulator.replace("http", "ws")}/_bot`,
  apps: [{ name: "alerts", corpId, agentId: 1_000_002, secret: "sim-secret-alerts" }],
  logTo: { write: () => {} },
})
writeSync(1, `${url}\n`)
