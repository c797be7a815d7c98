import type { AddressInfo } from "node:net"
import type { OrgDocument } from "./org/types.ts"
import { parseOrg } from "./org/parse-org.ts"
import { seedOrg } from "./org/seed.ts"
import { buildServer } from "./server.ts"
import { InvalidSimulatorOptions } from "./invalid-options.ts"
import { parseSettings } from "./settings.ts"
import { World } from "./world.ts"

export interface SimulatorOptions {
  /** 0 takes a free one. Default 7780. */
  readonly port?: number
  /**
   * Default `127.0.0.1`. With `0.0.0.0` or `::` others reach WeCom's API, but control paths and phones stay with
   * this machine; with an address of its own all of it is open there, without a key.
   */
  readonly host?: string
  /** An organisation in the form of `GET /_sim/org`; default the seed organisation. */
  readonly org?: unknown
  /** Adds so many members to the seed organisation: `m000001` with mobile `13900000001`, and so on. */
  readonly members?: number
  /** Any part of what `PUT /_sim/settings` takes. */
  readonly settings?: unknown
}

export interface Simulator extends AsyncDisposable {
  /** As in `http://127.0.0.1:7780`; WeCom's API is below `/cgi-bin/`, the phones are at `/`. */
  readonly url: string
  readonly port: number
  /** The organisation at present. */
  readonly org: OrgDocument
  close(): Promise<void>
}

/**
 * Starts a WeCom on this machine.
 * @throws {InvalidSimulatorOptions} an organisation or settings with faults, all of them named
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const host = options.host ?? "127.0.0.1"
  const closing = new AbortController()
  const world = makeWorld(options)
  const server = buildServer(world, {
    // On every address at once WeCom's side is meant for others, and control for oneself. Whoever names one address
    // means both, since from loopback nothing could be reached.
    controlOnLoopbackOnly: ANY_HOST.has(host),
    closing: closing.signal,
  })
  await server.listen({ port: options.port ?? 7780, host })
  const port = portOf(server.server.address())
  const close = async (): Promise<void> => {
    closing.abort()
    await server.close()
  }
  return {
    url: `http://${hostInUrl(host)}:${port}`,
    port,
    get org() {
      return world.org.document
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const ANY_HOST: ReadonlySet<string> = new Set(["0.0.0.0", "::"])

function makeWorld({ org: orgInput, members, settings: settingsInput }: SimulatorOptions): World {
  const { org, badFields } = orgInput === undefined ? { org: seedOrg(members), badFields: [] } : parseOrg(orgInput)
  const settings = parseSettings(settingsInput ?? {})
  const faults = [...badFields, ...settings.badFields]
  if (faults.length > 0) throw new InvalidSimulatorOptions(faults)
  return new World(org, settings.settings)
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0
}

/** Nobody can call `0.0.0.0`; the machine itself can call its loopback. */
function hostInUrl(host: string): string {
  if (ANY_HOST.has(host)) return "127.0.0.1"
  return host.includes(":") ? `[${host}]` : host
}
