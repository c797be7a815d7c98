import { resolve } from "node:path"
import type { Simulator } from "@wecom-push/simulator"
import { CommandError } from "../command-error.ts"
import type { CommandFault } from "../command-error.ts"
import { readSettings } from "../config/read-settings.ts"
import { recordSimulator } from "../config/running-simulator.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { SimulateFlags } from "../program.ts"
import { codeOf, readText } from "../read-text.ts"
import { findJsonFault } from "../send/find-json-fault.ts"
import { say } from "../texts.ts"
import { announce } from "./announce.ts"

/** Runs a WeCom on this machine until it is told to stop. */
export async function simulate(flags: SimulateFlags, context: Context): Outcome {
  const { io, language, output } = context
  const interruption = io.interruption()
  const options = readOptions(flags, context)
  const simulator = await start(options, context)
  const forget = await record(simulator, context)
  try {
    announce(simulator, await readSettings({}, context), output)
    await aborted(interruption)
  } finally {
    await forget()
    await simulator.close()
  }
  output.note(say(language, "simulatorStopped"))
  return exitCode.ok
}

interface Options {
  readonly port: number
  readonly host: string
  readonly org?: unknown
  readonly members?: number
}

const defaultPort = 7780
const maxMembers = 1_000_000

function readOptions(flags: SimulateFlags, context: Context): Options {
  const { language } = context
  const faults: CommandFault[] = []
  const number = (flag: string, value: string, most: number, key: "notPort" | "notMembers"): number => {
    if (/^\d{1,9}$/.test(value) && Number(value) <= most) return Number(value)
    faults.push({ path: flag, message: say(language, key, { value, most }) })
    return 0
  }
  const port = flags.port === undefined ? defaultPort : number("--port", flags.port, 65_535, "notPort")
  const members = flags.members === undefined ? undefined : number("--members", flags.members, maxMembers, "notMembers")
  if (flags.org !== undefined && members !== undefined) {
    faults.push({ path: "--members", message: say(language, "membersAndOrg") })
  }
  const org = flags.org === undefined ? undefined : readOrg(flags.org, context, faults)
  if (faults.length > 0) throw faultyOptions(faults, context)
  return {
    port,
    host: flags.host ?? "127.0.0.1",
    ...(org === undefined ? {} : { org }),
    ...(members === undefined ? {} : { members }),
  }
}

function readOrg(file: string, { io, language }: Context, faults: CommandFault[]): unknown {
  const read = readText(resolve(io.cwd, file), file, language)
  const syntax = "fault" in read ? undefined : findJsonFault(read.text)
  if ("fault" in read) faults.push({ path: "--org", message: read.fault })
  else if (syntax !== undefined) {
    faults.push({ path: "--org", message: say(language, syntax.isCutOff ? "jsonEnds" : "jsonSyntax", syntax) })
  } else return JSON.parse(read.text)
  return undefined
}

async function start(options: Options, context: Context): Promise<Simulator> {
  const { language } = context
  const { InvalidSimulatorOptions, startSimulator } = await import("@wecom-push/simulator")
  try {
    return await startSimulator(options)
  } catch (error) {
    if (error instanceof InvalidSimulatorOptions) {
      const faults = error.badFields.map((field) => ({ path: field.path, message: field.problem[language] }))
      throw faultyOptions(faults, context)
    }
    const message = listenFailure(codeOf(error), options, context)
    if (message === undefined) throw error
    throw new CommandError("cannot_listen", exitCode.usage, message)
  }
}

function listenFailure(code: string | undefined, { port, host }: Options, { language }: Context): string | undefined {
  if (code === "EADDRINUSE") return say(language, "portInUse", { port, host })
  if (code === "EACCES") return say(language, "portForbidden", { port })
  const isHostUnknown = code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN"
  return isHostUnknown ? say(language, "hostUnknown", { host }) : undefined
}

function faultyOptions(faults: readonly CommandFault[], { language }: Context): CommandError {
  return new CommandError("usage", exitCode.usage, say(language, "simulatorFaults", { count: faults.length }), {
    faults,
  })
}

/** Lets a bare `send` find this simulator until it ends. */
async function record(simulator: Simulator, { io, language, output }: Context): Promise<() => Promise<void>> {
  const { url: base_url, org } = simulator
  const [app] = org.apps
  if (app === undefined) return () => Promise.resolve()
  const { agentid, secret } = app
  try {
    return await recordSimulator({ base_url, corp_id: org.corp_id, secret, agentid, pid: process.pid }, io.env)
  } catch (error) {
    output.warn(say(language, "warnNoRecord", { detail: codeOf(error) ?? String(error) }))
    return () => Promise.resolve()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  signal.addEventListener("abort", () => resolve(), { once: true })
  return promise
}
