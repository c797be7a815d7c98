import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startSimulator } from "@wecom-push/simulator"
import type { Clock } from "@wecom-push/sdk"
import { ask } from "../../../../tools/testing/ask.ts"
import type { Questions } from "../init/questions.ts"
import { main } from "../main.ts"

/** The result of a command. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** stdout as JSON. */
  readonly json: Json
}

export interface Json {
  readonly ok: boolean
  readonly recipients: readonly Recipient[]
  readonly calls: readonly {
    readonly msgid: string | null
    readonly response_code: string | null
    readonly errcode: number | null
    readonly request?: Readonly<Record<string, unknown>>
  }[]
  readonly error: JsonError | null
  readonly [more: string]: unknown
}

interface Recipient {
  readonly type: string
  readonly address: string
  readonly state: string
  readonly userid: string | null
  readonly msgid: string | null
  readonly errcode: number | null
  readonly reason: string | null
}

interface JsonError {
  readonly code: string
  readonly class: string | null
  readonly errcode: number | null
  readonly message: string
  readonly hint: string
  readonly faults: readonly { readonly path: string; readonly message: string }[]
  readonly [more: string]: unknown
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  /** True: no configuration, not even the variables that lead to the simulator. */
  readonly blank?: boolean
  readonly signal?: AbortSignal
  /** Pauses take real time, as they must when another process works in the meantime. */
  readonly realTime?: boolean
  /** Pauses end at once, and the simulator's time advances by as much. */
  readonly sharedTime?: boolean
  /** Called with the output, as it comes. */
  readonly onOutput?: (text: string) => void
  /** The person at the terminal; none unless given. */
  readonly questions?: Questions
}

/** The command and a simulator, both inside the test process, in a folder of their own. */
export interface Bench extends AsyncDisposable {
  readonly url: string
  /** The working directory, empty at first. */
  readonly folder: string
  /** The variables for app 告警 of the simulator. */
  readonly env: Readonly<Record<string, string>>
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>
  file(name: string, content: string | Uint8Array): Promise<string>
  control(method: string, path: string, body?: unknown): Promise<unknown>
  fault(fault: Readonly<Record<string, unknown>>): Promise<void>
  /** Messages on the phones, in order. */
  shown(): Promise<readonly { readonly userid: string; readonly body: Readonly<Record<string, unknown>> }[]>
  /** The calls of one path, such as `gettoken`. */
  calls(path: string): Promise<readonly { readonly path: string; readonly errcode: number | null }[]>
}

export const secret = "sim-secret-alerts"

export async function startBench({ host = "127.0.0.1", members = 0 } = {}): Promise<Bench> {
  const simulator = await startSimulator({ port: 0, host, members })
  const folder = await mkdtemp(join(tmpdir(), "wecom-push-cli-"))
  const env = {
    WECOM_API_BASE_URL: simulator.url,
    WECOM_CORP_ID: "ww0000000000000001",
    WECOM_APP_SECRET: secret,
    WECOM_AGENT_ID: "1000002",
  }
  const home = { XDG_CACHE_HOME: join(folder, "cache"), XDG_STATE_HOME: join(folder, "state"), HOME: folder }
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const { status, text } = await ask(`${simulator.url}/_sim/${path}`, init)
    if (status >= 300) throw new Error(text)
    return JSON.parse(text)
  }
  return {
    url: simulator.url,
    folder,
    env: { ...home, ...env },
    control,
    run: (
      argv,
      {
        stdin,
        env: more,
        blank = false,
        signal,
        realTime = false,
        sharedTime = false,
        onOutput = () => undefined,
        questions,
      } = {},
    ) =>
      runInside(argv, {
        stdin,
        env: { ...home, ...(blank ? {} : env), ...more },
        cwd: folder,
        signal: signal ?? new AbortController().signal,
        clock: realTime
          ? undefined
          : leapingClock(async (ms) => {
              if (sharedTime) await control("POST", "clock", { advance_s: Math.ceil(ms / 1000) })
            }),
        onOutput,
        questions,
      }),
    async file(name, content) {
      await writeFile(join(folder, name), content)
      return name
    },
    async fault(fault) {
      await control("POST", "faults", fault)
    },
    async shown() {
      const { messages } = (await control("GET", "messages")) as {
        messages: { userid: string; body: Record<string, unknown> }[]
      }
      return messages
    },
    async calls(path) {
      const { calls } = (await control("GET", "calls")) as { calls: { path: string; errcode: number | null }[] }
      return calls.filter((call) => call.path === `/cgi-bin/${path}`)
    },
    async [Symbol.asyncDispose]() {
      await simulator.close()
      // A child of a killed command may still be writing a file into its cache.
      await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

interface Inside {
  readonly stdin: string | Uint8Array | undefined
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly signal: AbortSignal
  readonly clock: Clock | undefined
  readonly onOutput: (text: string) => void
  readonly questions: Questions | undefined
}

async function runInside(
  argv: readonly string[],
  { stdin, env, cwd, signal, clock, onOutput, questions }: Inside,
): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const code = await main(argv, {
    stdin: stdinOf(stdin),
    stdout: {
      write(text) {
        out.push(text)
        onOutput(text)
      },
    },
    stderr: {
      write(text) {
        err.push(text)
        onOutput(text)
      },
    },
    env,
    cwd,
    ...(clock && { clock }),
    ...(questions && { questions }),
    interruption: () => signal,
  })
  const stdout = out.join("")
  return {
    code,
    stdout,
    stderr: err.join(""),
    get json() {
      return JSON.parse(stdout) as Json
    },
  }
}

async function* stdinOf(content: string | Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (content === undefined) return
  const bytes = typeof content === "string" ? Buffer.from(content) : content
  // In two pieces, because a pipe may cut a character in half.
  const middle = bytes.length >> 1
  yield bytes.subarray(0, middle)
  yield bytes.subarray(middle)
}

/** Every pause ends at once, as if its time had passed. */
function leapingClock(onLeap: (ms: number) => Promise<void>): Clock {
  let leapt = 0
  return {
    now: () => Date.now() + leapt,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      leapt += ms
      await onLeap(ms)
      await new Promise(setImmediate)
      signal?.throwIfAborted()
    },
  }
}
