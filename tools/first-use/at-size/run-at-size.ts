import { portsFree, type Processes, type Program } from "../processes.ts"
import type { Report } from "../report.ts"
import { alertmanager, type Places } from "./alertmanager.ts"
import { burst } from "./burst.ts"
import { card } from "./card.ts"
import { crowd, crowdSize } from "./crowd.ts"
import { gatewayClient } from "./gateway.ts"
import { killedInBurst } from "./killed-in-burst.ts"
import { killed } from "./killed.ts"
import { largeFile } from "./large-file.ts"
import { hire } from "./phones.ts"

export interface AtSize extends Places {
  /** How lines of the report begin. */
  readonly name: string
  /** Starts gateway and simulator together. */
  readonly command: string
}

/** Does within a minute what happens to a gateway in its first week, through HTTP and the command, as users do. */
export async function runAtSize(trial: AtSize, processes: Processes, report: Report): Promise<void> {
  const { name, command } = trial
  const gateway = gatewayClient("wp_simulator")
  const sent: string[] = []
  await using running = new AsyncDisposableStack()
  let program: Program | undefined
  const start = async (): Promise<void> => {
    await portsFree([7780, 7788])
    program = running.use(processes.start(command, trial))
    await program.answers("http://127.0.0.1:7780/_sim/stats", "http://127.0.0.1:7788/readyz")
  }
  const step = (what: string, work: () => Promise<unknown>) => report.step(`${name}  ${what}`, work)

  if (!(await step(command, start))) return
  if (!(await step("an organisation of 50,000", () => hire(crowdSize)))) return
  await step("300 messages at once to 300 people: each has one", async () => sent.push(...(await burst(gateway))))
  await step("50,000 recipients in one body: each has one", async () => sent.push(await crowd(gateway)))
  await step("a file of 20 MB is on a phone", () => largeFile(processes, trial))
  await step("a card is pressed and changed", () => card(gateway))
  await step("Alertmanager reaches a phone", () => alertmanager(gateway, trial, processes))
  await step("kill -9 with calls under way, and a new start: each has one", async () => {
    if (program !== undefined) await killed(gateway, program, start)
  })
  await step("all of that is known after the new start", () => gateway.allSent(sent))
  await step("Ctrl-C ends it", async () => program?.interrupt())
  await running.disposeAsync()
  await step("kill -9 in the middle of 300 messages, and a new start: each has one", () =>
    killedInBurst(processes, trial),
  )
}
