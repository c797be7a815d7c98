import { resolve } from "node:path"
import type { OrgInput, Simulator } from "@wecom-push/simulator"
import type { CommandFault } from "../command-error.ts"
import { readSettings } from "../config/read-settings.ts"
import { recordSimulator } from "../config/running-simulator.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { CommonFlags } from "../flags.ts"
import { readText } from "../read-text.ts"
import { findJsonFault } from "../send/find-json-fault.ts"
import { say } from "../texts.ts"
import { untilAborted } from "../until-aborted.ts"
import { announce } from "./announce.ts"
import { faultyOptions, startOrSay } from "./start.ts"
import type { StartOptions } from "./start.ts"

interface SimulateFlags extends CommonFlags {
  readonly port?: string
  readonly host?: string
  readonly allowHost?: readonly string[]
  readonly org?: string
  readonly members?: string
}

/** Runs a WeCom on this machine until it is stopped. */
export async function simulate(flags: SimulateFlags, context: Context): Outcome {
  const { io, language, output } = context
  const interruption = io.interruption()
  const options = readOptions(flags, context)
  const simulator = await startOrSay(options, "--port", context)
  const forget = await recordForSend(simulator, context)
  try {
    announce(simulator, await readSettings({}, context), output)
    await untilAborted(interruption)
  } finally {
    await forget()
    await simulator.close()
  }
  output.note(say(language, "simulatorStopped"))
  return exitCode.ok
}

const defaultPort = 7780
const maxMembers = 1_000_000

function readOptions(flags: SimulateFlags, context: Context): StartOptions {
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
  if (faults.length > 0) throw faultyOptions(faults, language)
  return {
    port,
    host: flags.host ?? "127.0.0.1",
    ...(flags.allowHost === undefined ? {} : { allowHosts: flags.allowHost }),
    ...(org === undefined ? {} : { org }),
    ...(members === undefined ? {} : { members }),
  }
}

function readOrg(file: string, { io, language }: Context, faults: CommandFault[]): OrgInput | undefined {
  const read = readText(resolve(io.cwd, file), file, language)
  const syntax = "fault" in read ? undefined : findJsonFault(read.text)
  if ("fault" in read) faults.push({ path: "--org", message: read.fault })
  else if (syntax !== undefined) {
    faults.push({ path: "--org", message: say(language, syntax.isCutOff ? "jsonEnds" : "jsonSyntax", syntax) })
  } else {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the simulator checks every field of it
    return JSON.parse(read.text) as OrgInput
  }
  return undefined
}

/** Lets a bare `send` find this simulator until it ends. */
export function recordForSend(simulator: Simulator, context: Context): Promise<() => Promise<void>> {
  const { url: base_url, org } = simulator
  const [app] = org.apps
  if (app === undefined) return Promise.resolve(() => Promise.resolve())
  const { agentid, secret } = app
  return recordSimulator({ base_url, corp_id: org.corp_id, secret, agentid, pid: process.pid }, context)
}
