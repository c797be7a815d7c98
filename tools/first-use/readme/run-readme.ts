import { readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { eventually, shownCount } from "../at-size/phones.ts"
import { portsFree, type Processes, type Program, type Where } from "../processes.ts"
import type { Report } from "../report.ts"
import { FILES, OWN_WECOM_IN_TYPESCRIPT, type Place } from "./how-typed.ts"
import { planReadme, type Planned } from "./plan-readme.ts"

export interface Reader extends Where {
  readonly place: Place
  /** Where the READMEs are. */
  readonly checkout: string
  /** The beginning of each line of the report. */
  readonly name: string
  /** The command that runs TypeScript there that imports our packages. */
  readonly node: string
}

/** Types the commands of a README in order. Commands that keep running have a terminal of their own, the others a second one. */
export async function runReadme(file: string, reader: Reader, processes: Processes, report: Report): Promise<void> {
  const { checkout, cwd, name: label, place } = reader
  const { planned, faults } = planReadme(await readFile(join(checkout, file), "utf8"), place)
  const isWhole = await report.step(`${label}  ${file}: each command is run, or listed as not run`, () => {
    return faults.length === 0 ? Promise.resolve() : Promise.reject(new Error(faults.join("\n")))
  })
  if (!isWhole) return
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(cwd, name), content)
  await using terminal = processes.openTerminal(reader)
  await using running = new Running(processes, reader)
  for (const step of planned) {
    const told = `${label}  ${file}:${step.line}  ${step.text.split("\n", 1)[0] ?? ""}`
    if (step.how.kind === "not run") {
      report.tell(`not run         ${told}: ${step.how.reason}`)
    } else if (step.how.kind === "keeps running") {
      const { as = step.text } = step.how
      await report.step(told, () => running.replace(as))
    } else {
      const instead = step.how.kind === "typed as" ? ` (${step.how.reason})` : ""
      const command = step.how.kind === "typed as" ? step.how.as : step.text
      const done = await report.step(told + instead, () =>
        reachesPhones(step, () =>
          step.kind === "command" ? terminal.type(command) : runBlock(step, reader, (line) => terminal.type(line)),
        ),
      )
      // No later command could work.
      if (!done && command.startsWith("npm ci")) return
    }
  }
  await report.step(`${label}  ${file}: Ctrl-C ends what still runs`, () => running.stop())
  for (const name of Object.keys(FILES)) await rm(join(cwd, name))
}

/** The first terminal: its command is stopped before the next one is typed. */
class Running {
  readonly #processes: Processes
  readonly #where: Where
  #current: Program | undefined

  constructor(processes: Processes, where: Where) {
    this.#processes = processes
    this.#where = where
  }

  async replace(command: string): Promise<void> {
    await this.stop()
    await portsFree([7780, 7788])
    this.#current = this.#processes.start(command, this.#where)
    await this.#current.answers("http://127.0.0.1:7780/_sim/stats", "http://127.0.0.1:7788/readyz")
  }

  async stop(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    await using _killed = current
    await current?.interrupt()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current?.[Symbol.asyncDispose]()
  }
}

/** A command that sends must show something new on a phone. */
async function reachesPhones({ text }: Planned, work: () => Promise<unknown>): Promise<void> {
  const sends = /wecom-push send |\/v1\/messages|wecom\.send\(/.test(text)
  const before = sends ? await shownCount() : 0
  await work()
  if (sends) await eventually("a phone shows it", async () => ((await shownCount()) > before ? true : undefined))
}

/** Runs a block as a file in the folder. If it only makes a client, a send is added, because it would test nothing else. */
async function runBlock({ text, line }: Planned, reader: Reader, type: (command: string) => Promise<string>) {
  const name = `readme-${line}.ts`
  const path = join(reader.cwd, name)
  const { written, typed } = OWN_WECOM_IN_TYPESCRIPT
  const sends = text.includes("wecom.send(")
  await writeFile(path, text.replace(written, typed) + (sends ? "" : SEND_AND_CHECK))
  try {
    await type(`${reader.node} ${name}`)
  } finally {
    await rm(path)
  }
}

const SEND_AND_CHECK = `
const { ok } = await wecom.send({ users: ["zhangsan"] }, { msgtype: "text", text: { content: "你好" } })
if (!ok) throw new Error("not sent")
`
