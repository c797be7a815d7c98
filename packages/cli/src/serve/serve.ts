import type { Gateway } from "@wecom-push/gateway"
import type { Simulator } from "@wecom-push/simulator"
import { CommandError } from "../command-error.ts"
import type { CommandFault } from "../command-error.ts"
import { readSettings } from "../config/read-settings.ts"
import { recordGateway } from "../config/running-gateway.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { CommonFlags } from "../flags.ts"
import { listenFailure } from "../listen-failure.ts"
import { callBack } from "../simulate/call-back.ts"
import { recordForSend } from "../simulate/simulate.ts"
import { startOrSay } from "../simulate/start.ts"
import { say as sayCommon } from "../texts.ts"
import { untilAborted } from "../until-aborted.ts"
import { visible } from "../visible.ts"
import { announce } from "./announce.ts"
import { notTrusted } from "./environment.ts"
import { readLocalConfig } from "./local-config.ts"
import type { LocalConfig } from "./local-config.ts"
import { tellBeside } from "./log-lines.ts"
import { startError } from "./start-error.ts"
import { say } from "./texts.ts"
import { tidyWhenIdle } from "./tidy-when-idle.ts"

const usualPort = 7788
const usualSimulatorPort = 7780
const drainMs = 20_000
/** The key of a trial gateway, which everybody on this machine may use. */
const trialKey = "wp_simulator"

interface ServeFlags extends CommonFlags {
  readonly config?: string
  readonly port?: string
  readonly host?: string
  readonly database?: string
  /** `true` for the usual port. */
  readonly simulator?: string | true
  readonly afterRestore?: true
}

/** Runs a gateway until it is stopped. */
export async function serve(flags: ServeFlags, context: Context): Outcome {
  const { io, language } = context
  const interruption = io.interruption()
  const options = await readOptions(flags, tellBeside(context, io.env["LOG_LEVEL"]))
  const told = tellBeside(context, options.local.config?.logLevel)
  const { output } = told
  await using running = new AsyncDisposableStack()
  const simulator =
    options.simulatorPort === undefined
      ? undefined
      : await startOrSay({ host: "127.0.0.1", port: options.simulatorPort }, "--simulator PORT", told)
  running.defer(() => simulator?.close())
  const gateway = await start(options, simulator, told)
  running.defer(() => gateway.stop(drainMs))
  if (simulator !== undefined) {
    await callBackThrough(gateway, simulator)
    running.defer(await recordForSend(simulator, told))
    running.defer(await recordTrial(gateway, told))
  }
  announce({ gateway, simulator, trialKey, local: options.local }, told)
  tidyWhenIdle()
  await untilAborted(interruption)
  output.note(say(language, "stopping", { seconds: drainMs / 1000 }))
  await running.disposeAsync()
  output.note(say(language, "stopped"))
  return exitCode.ok
}

interface Options {
  readonly host: string
  readonly port: number
  /** Undefined when the gateway uses a real WeCom. */
  readonly simulatorPort: number | undefined
  readonly afterRestore: boolean
  readonly local: LocalConfig
}

async function readOptions(flags: ServeFlags, context: Context): Promise<Options> {
  const { language, output } = context
  const faults: CommandFault[] = []
  const portOf = (flag: string, value: string): number => {
    if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value)
    faults.push({ path: flag, message: sayCommon(language, "notPort", { value }) })
    return 0
  }
  const isTrial = flags.simulator !== undefined
  const { host = "127.0.0.1" } = flags
  const port = flags.port === undefined ? usualPort : portOf("--port", flags.port)
  const simulatorPort =
    typeof flags.simulator === "string" ? portOf("--simulator", flags.simulator) : usualSimulatorPort
  if (host.trim() === "") faults.push({ path: "--host", message: sayCommon(language, "hostEmpty") })
  else if (isTrial && !isLoopback(host))
    faults.push({ path: "--host", message: say(language, "loopbackOnly", { host }) })
  const read = await readSettings(flags, context)
  // A trial gateway knows only its own simulator, so no address needs to be checked.
  if (!isTrial) faults.push(...notTrusted(read, language))
  const local = await readLocalConfig(
    read,
    {
      database: flags.database,
      usualDatabase: isTrial ? "sqlite:./wecom-push-simulator.db" : "sqlite:./wecom-push.db",
      isTrial,
      // A user who tries the gateway reads the screen; a JSON line for every start and stop is for machines.
      usualLogLevel: isTrial || output.quiet ? "warn" : undefined,
    },
    context,
  )
  faults.push(...local.faults)
  if (faults.length > 0) {
    const message = say(language, "cannotStart", { count: faults.length })
    throw new CommandError("configuration", exitCode.usage, message, { faults })
  }
  return {
    host,
    port,
    simulatorPort: isTrial ? simulatorPort : undefined,
    afterRestore: flags.afterRestore === true,
    local,
  }
}

async function start(options: Options, simulator: Simulator | undefined, context: Context): Promise<Gateway> {
  const { io, language } = context
  const { limitHeap, exitOnFault, expectShortLives, startGateway } = await import("@wecom-push/gateway")
  expectShortLives()
  const { host, port, afterRestore, local } = options
  try {
    const gateway = await startGateway({
      environment: local.environment,
      host,
      port,
      ...(local.database.kind === "sqlite" && { databaseFile: local.database.file }),
      afterRestore,
      heapLimit: limitHeap(),
      logTo: { write: (line) => void io.stderr.write(visible(line)) },
      ...(simulator === undefined ? {} : trialOf(simulator)),
    })
    exitOnFault(gateway.log)
    return gateway
  } catch (error) {
    throw listenFailure(error, { host, port, flag: "--port" }, language) ?? (await startError(error, language))
  }
}

/** The names of the simulator's apps in the guides. */
const trialNames = ["alerts", "hr", "root"]

function trialOf({ url, org }: Simulator) {
  const apps = org.apps.flatMap(({ agentid, secret, callback }, index) => {
    const name = trialNames[index]
    if (name === undefined) return []
    const keys = { callbackToken: callback.token, encodingAesKey: callback.encoding_aes_key }
    return [{ name, corpId: org.corp_id, agentId: agentid, secret, ...keys }]
  })
  const botUrl = `${url.replace(/^http/, "ws")}/_bot`
  return { baseUrl: url, botUrl, adminKey: trialKey, apps, onlyLoopbackNames: true }
}

/** Makes the simulator send presses on its phones to the gateway. */
async function callBackThrough(gateway: Gateway, { url, org }: Simulator): Promise<void> {
  const urls = new Map(
    org.apps.flatMap(({ agentid }, index) => {
      const name = trialNames[index]
      return name === undefined ? [] : [[agentid, `${gateway.url}/callback/${name}`]]
    }),
  )
  await callBack(url, urls)
}

/** Lets `status`, `tail` and other commands find a trial gateway. The key of a real one is never written down. */
function recordTrial({ url }: Gateway, context: Context): Promise<() => Promise<void>> {
  return recordGateway({ base_url: url, key: trialKey, pid: process.pid }, context)
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host)
}
