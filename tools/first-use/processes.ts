import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { closeSync, openSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"

export interface Where {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** A program that runs beside others until it is ended, with everything it started. */
export interface Program extends AsyncDisposable {
  /** Resolves once it has printed its addresses and each answers 2xx. @throws when it ends before that, or after a minute */
  answers(...urls: readonly string[]): Promise<void>
  /** Sends Ctrl-C, as a terminal does. Resolves with the program's output once it has ended. */
  interrupt(): Promise<string>
  /** Ends all of its processes with SIGKILL. */
  kill(): Promise<void>
}

interface Terminal extends AsyncDisposable {
  /** Runs commands one after another in one shell, so that they share exports. @throws when one exits with another code than 0 */
  type(command: string): Promise<string>
}

/** All processes that this run starts; those that are left end with it. */
export interface Processes extends AsyncDisposable {
  start(command: string, where: Where): Program
  openTerminal(where: Where): Terminal
  /** Runs one command to its end. @throws when it exits with another code than 0 */
  run(command: string, where: Where): Promise<string>
  /** The last output of the processes that run now, or have ended since the last `forgetEnded`. */
  lastLines(): Promise<string>
  forgetEnded(): void
}

const startLimitMs = 60_000
const commandLimitMs = 600_000
const stopLimitMs = 30_000

interface Told {
  readonly command: string
  readonly log: string
}

/** @param logs a folder for their output */
export function createProcesses(logs: string): Processes {
  const running = new Map<ChildProcess, Told>()
  let ended: Told[] = []
  let count = 0
  let isEnding = false

  function spawnGroup(command: string, args: readonly string[], { cwd, env }: Where, stdin: "ignore" | "pipe") {
    if (isEnding) throw new Error("this run is being ended")
    const log = join(logs, `${++count}.log`)
    const output = openSync(log, "a")
    // A process group of its own, so that a signal reaches all that it starts, as from a terminal.
    const child = spawn("bash", args, {
      cwd,
      env,
      detached: true,
      stdio: [stdin, stdin === "pipe" ? "pipe" : output, output],
    })
    closeSync(output)
    running.set(child, { command, log })
    return { child, log, exited: once(child, "exit") }
  }

  // If this process ends because of an error of its own, nothing is disposed of.
  process.once("exit", () => {
    for (const child of running.keys()) signalGroup(child, "SIGKILL")
  })

  async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
    signalGroup(child, "SIGKILL")
    await exited
    const told = running.get(child)
    running.delete(child)
    if (told !== undefined) ended.push(told)
  }

  function start(command: string, where: Where): Program {
    const { child, log, exited } = spawnGroup(command, ["--noprofile", "--norc", "-c", command], where, "ignore")
    const said = (): Promise<string> => readFile(log, "utf8")
    return {
      async answers(...urls) {
        const untilMs = Date.now() + startLimitMs
        for (const url of urls) {
          // A program that answers may not be ready yet, so it must also have printed its address, as a user waits for.
          while (!((await said()).includes(new URL(url).host) && (await isOk(url)))) {
            if (hasEnded(child)) throw new Error(`${command}: ended before ${url} answered`)
            if (Date.now() > untilMs) throw new Error(`${command}: ${url} does not answer`)
            await sleep(50)
          }
        }
      },
      async interrupt() {
        signalGroup(child, "SIGINT")
        await Promise.race([exited, sleep(stopLimitMs, undefined, { ref: false })])
        if (!hasEnded(child)) throw new Error(`${command}: still there ${stopLimitMs / 1000} s after Ctrl-C`)
        await end(child, exited)
        return said()
      },
      kill: () => end(child, exited),
      [Symbol.asyncDispose]: () => end(child, exited),
    }
  }

  function openTerminal(where: Where): Terminal {
    const { child, log, exited } = spawnGroup("a terminal", ["--noprofile", "--norc"], where, "pipe")
    const script = `${log}.sh`
    const { stdin, stdout } = child
    if (stdin === null || stdout === null) throw new Error("the terminal has no pipes")
    const lines = createInterface(stdout)[Symbol.asyncIterator]()
    return {
      async type(command) {
        const output = `${log}.${++count}`
        await writeFile(script, `${command}\n`)
        stdin.write(`source '${script}' </dev/null >'${output}' 2>&1; echo $?\n`)
        const limit = sleep(commandLimitMs, undefined, { ref: false })
        const answer = await Promise.race([lines.next(), limit, exited.then(() => undefined)])
        const said = await readFile(output, "utf8")
        if (answer === undefined || answer.done === true) {
          await end(child, exited)
          throw new Error(`did not end in ${commandLimitMs / 1000} s, or ended its shell\n${endOf(said)}`)
        }
        if (answer.value !== "0") throw new Error(`exit ${answer.value}\n${endOf(said)}`)
        return said
      },
      [Symbol.asyncDispose]: () => end(child, exited),
    }
  }

  return {
    start,
    openTerminal,
    async run(command, where) {
      await using terminal = openTerminal(where)
      return await terminal.type(command)
    },
    async lastLines() {
      const ends = await Promise.all(
        [...ended, ...running.values()].map(async ({ command, log }) => {
          const said = endOf(await readFile(log, "utf8"))
          return said === "" ? [] : [`${command} said last:`, said]
        }),
      )
      return ends.flat().join("\n")
    },
    forgetEnded() {
      ended = []
    },
    async [Symbol.asyncDispose]() {
      isEnding = true
      await Promise.all(
        [...running.keys()].map(async (child) => {
          const exited = hasEnded(child) ? undefined : once(child, "exit")
          signalGroup(child, "SIGKILL")
          await exited
        }),
      )
    },
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** Signals the group even if its first process has ended, because others may still run. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}

async function isOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.ok
  } catch {
    // Nothing listens there yet.
    return false
  }
}

/** Resolves once nothing listens on these ports of this machine. @throws with advice, when that takes longer than `withinMs` */
export async function portsFree(ports: readonly number[], withinMs = 10_000): Promise<void> {
  const untilMs = Date.now() + withinMs
  for (const port of ports) {
    while (await isTaken(port)) {
      if (Date.now() >= untilMs)
        throw new Error(`port ${port} is taken: end what listens there, the READMEs' commands need it`)
      await sleep(100)
    }
  }
}

function isTaken(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, "127.0.0.1")
  socket.on("connect", () => resolve(true)).on("error", () => resolve(false))
  return promise.finally(() => socket.destroy())
}

/** The end of a log, to be shown. */
function endOf(log: string, lines = 20): string {
  return log.trimEnd().split("\n").slice(-lines).join("\n")
}
