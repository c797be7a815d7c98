import type { AddressInfo } from "node:net"
import type { OrgDocument, OrgInput } from "./org/types.ts"
import type { BadField } from "./control/bad-field.ts"
import { parseAllowHosts } from "./control/foreign-callers.ts"
import { FaultQueue } from "./faults/fault-queue.ts"
import { controlsOf, type SimulatorControls } from "./in-process/controls.ts"
import { parseOrg } from "./org/parse-org.ts"
import { seedOrg } from "./org/seed.ts"
import { plainAddress } from "./plain-address.ts"
import { buildServer } from "./server.ts"
import { InvalidSimulatorOptions } from "./invalid-options.ts"
import { parseSettings, type ChosenSettings } from "./settings.ts"
import { World } from "./world.ts"

export interface SimulatorOptions {
  /** Default 0: a free port, which `port` and `url` of the simulator then show. */
  readonly port?: number
  /**
   * Default `127.0.0.1`. With `0.0.0.0` or `::`, in any spelling, other machines reach WeCom's API, but only this
   * machine reaches control paths and phones; with one specific address, everything is open at that address, without a
   * key.
   */
  readonly host?: string
  /**
   * Names and addresses, without port, by which control paths and phones can be called besides those of this machine
   * and `host`: also from other machines, without a key. For containers and simulators that are called by a network
   * name.
   */
  readonly allowHosts?: readonly string[]
  /** An organisation in the form of `GET /_sim/org`; default the seed organisation. */
  readonly org?: OrgInput | undefined
  /**
   * Adds so many members to the seed organisation: `m000001` with mobile `13900000001`, and so on. At most 10,000,000;
   * cannot be combined with `org`.
   */
  readonly members?: number
  /** Any part of what `PUT /_sim/settings` takes. */
  readonly settings?: ChosenSettings | undefined
}

export interface Simulator extends SimulatorControls, AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`; WeCom's API is below `/cgi-bin/`, the phones are at `/`. */
  readonly url: string
  readonly port: number
  /** Stops the simulator and cuts open connections. `await using` calls it by itself. */
  close(): Promise<void>
}

/**
 * Starts a WeCom on this machine, with the seed organisation unless another is given. Several simulators in one process
 * are independent.
 * @throws {InvalidSimulatorOptions} an organisation, settings or names with faults, each of them named
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const host = options.host ?? "127.0.0.1"
  const closing = new AbortController()
  const { world, allowHosts } = makeWorld(options)
  const controlReach = { host, allowHosts, onLoopbackOnly: true }
  const faults = new FaultQueue()
  const server = buildServer(world, faults, { controlReach, closing: closing.signal })
  await server.listen({ port: options.port ?? 0, host })
  // When it listens on every address, other machines may use WeCom's API but not the control paths. When it listens on
  // one address, they may use both, because control paths could not be reached by loopback. The server is asked, since
  // each address has many spellings.
  const listensEverywhere = server
    .addresses()
    .some((one) => typeof one === "object" && EVERY_ADDRESS.has(plainAddress(one.address)))
  controlReach.onLoopbackOnly = listensEverywhere
  const port = portOf(server.server.address())
  const close = async (): Promise<void> => {
    closing.abort()
    world.callbacks.close()
    world.urlJobs.close()
    await server.close()
  }
  // `0.0.0.0` cannot be called, but the machine itself can call its loopback address.
  const url = `http://${listensEverywhere ? "127.0.0.1" : hostInUrl(host)}:${port}`
  const controls = controlsOf({ world, url, closing: closing.signal }, faults)
  // Not spread, because the getters must return the values at the time of reading.
  return Object.assign(controls, { url, port, close, [Symbol.asyncDispose]: close })
}

const EVERY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::"])

const MAX_MEMBERS = 10_000_000

function makeWorld(options: SimulatorOptions): { world: World; allowHosts: ReadonlySet<string> } {
  const { org, badFields } = options.org === undefined ? seedWith(options.members ?? 0) : ownOrg(options)
  const settings = parseSettings(options.settings ?? {})
  const { allowHosts, badFields: badNames } = parseAllowHosts(options.allowHosts ?? [])
  const allBad = [...hostFault(options.host), ...badFields, ...settings.badFields, ...badNames]
  if (allBad.length > 0) throw new InvalidSimulatorOptions(allBad)
  return { world: new World(org, settings.settings), allowHosts }
}

/** An empty host is refused, because Node would listen on every address. */
function hostFault(host = "127.0.0.1"): BadField[] {
  if (host.trim() !== "") return []
  const problem = {
    en: "is empty; name the address to listen on, as 127.0.0.1, or 0.0.0.0 for all",
    zh: "不能为空，请填写要监听的地址，如 127.0.0.1，或用 0.0.0.0 表示所有地址",
  }
  return [{ path: "host", problem }]
}

function seedWith(members: number): { org: OrgDocument; badFields: BadField[] } {
  if (Number.isInteger(members) && members >= 0 && members <= MAX_MEMBERS)
    return { org: seedOrg(members), badFields: [] }
  const problem = {
    en: `must be an integer from 0 to ${MAX_MEMBERS}`,
    zh: `必须是 0 到 ${MAX_MEMBERS} 的整数`,
  }
  return { org: seedOrg(), badFields: [{ path: "members", problem }] }
}

function ownOrg({ org: input, members }: SimulatorOptions): { org: OrgDocument; badFields: BadField[] } {
  const { org, badFields } = parseOrg(input)
  if (members === undefined) return { org, badFields }
  const problem = {
    en: "cannot be added to an organisation of your own: list them in it",
    zh: "不能与自定义组织同时使用，请直接写入组织文件",
  }
  return { org, badFields: [...badFields, { path: "members", problem }] }
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0
}

function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host
}
