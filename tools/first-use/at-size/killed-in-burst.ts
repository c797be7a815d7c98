import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { portsFree, type Processes, type Where } from "../processes.ts"
import { gatewayClient } from "./gateway.ts"
import { eventually, mobileOf, shownCount, useridOf, whoHasText } from "./phones.ts"

const people = 300
const adminKey = "an-admin-key-for-the-first-use-0123456789"

/** Kills a gateway with SIGKILL while 300 messages go out, but not the simulator: each phone shows its message once. */
export async function killedInBurst(processes: Processes, where: Where): Promise<void> {
  await portsFree([7780, 7788])
  await using wecom = processes.start(`npx wecom-push simulate --members ${people}`, where)
  await wecom.answers("http://127.0.0.1:7780/_sim/stats")
  await using first = await serve(processes, where)
  const gateway = gatewayClient(adminKey)
  const run = randomUUID()
  using over = new DisposableStack()
  const isOver = new AbortController()
  over.defer(() => isOver.abort())
  const accepted = Promise.all(Array.from({ length: people }, (_, index) => untilAccepted(index + 1)))
  // If something else fails first, these are not awaited.
  accepted.catch(() => {})
  await eventually("some of them are on phones", async () => ((await shownCount()) > people / 10 ? true : undefined))
  await first.kill()
  await portsFree([7788])
  await using _second = await serve(processes, where)
  await gateway.allSent(await accepted)
  const holders = await whoHasText()
  for (let number = 1; number <= people; number++) {
    assert.deepEqual(holders.get(`interrupted ${number}`), [useridOf(number)])
  }

  /** A program whose request failed because of the kill repeats it with the same key. */
  async function untilAccepted(number: number): Promise<string> {
    const message = {
      to: { mobiles: [mobileOf(number)] },
      msgtype: "text",
      text: { content: `interrupted ${number}` },
    }
    for (let tries = 0; ; tries++) {
      try {
        return await gateway.post(message, { "idempotency-key": `${run}-${number}` })
      } catch (error) {
        if (tries === 600 || isOver.signal.aborted) throw error
        await sleep(100)
      }
    }
  }
}

async function serve(processes: Processes, { cwd, env }: Where) {
  const program = processes.start("npx wecom-push serve", {
    cwd,
    env: {
      ...env,
      WECOM_API_BASE_URL: "http://127.0.0.1:7780",
      WECOM_CORP_ID: "ww0000000000000001",
      WECOM_APP_SECRET: "sim-secret-alerts",
      WECOM_AGENT_ID: "1000002",
      WECOM_PUSH_ADMIN_KEY: adminKey,
    },
  })
  await program.answers("http://127.0.0.1:7788/readyz")
  return program
}
