import { isIP, type Socket } from "node:net"
import type { FastifyInstance, FastifyRequest } from "fastify"
import type { Bilingual } from "@wecom-push/protocol"
import { plainAddress } from "../plain-address.ts"
import type { BadField } from "./bad-field.ts"
import { bareHostName, hostName, isSameHost } from "./host-name.ts"

/** The names by which control paths and phones may be called, and from where. */
export interface ControlReach {
  /** The address that the simulator listens on. */
  readonly host: string
  /** Names besides the machine's own, in the form of `hostName`. With these, other machines may call too. */
  readonly allowHosts: ReadonlySet<string>
  /** Whether all other names are only for callers on this machine. */
  readonly onLoopbackOnly: boolean
}

/** Control paths have no key: a caller that reaches them controls the simulator, and a browser reaches them for any page. */
export function refuseForeignCallers(control: FastifyInstance, reach: ControlReach): void {
  control.addHook("onRequest", (request, reply, done) => {
    const refusal = refusalOf(request, reach)
    if (refusal === undefined) return done()
    reply.code(403).send({ error: refusal.en, error_zh: refusal.zh })
  })
}

/** Reads the names that are allowed besides the machine's own. */
export function parseAllowHosts(names: readonly string[]): { allowHosts: ReadonlySet<string>; badFields: BadField[] } {
  const allowHosts = new Set<string>()
  const badFields: BadField[] = []
  for (const [index, name] of names.entries()) {
    const read = bareHostName(name)
    if (read !== undefined) allowHosts.add(read)
    else badFields.push({ path: `allowHosts[${index}]`, problem: notAName(name) })
  }
  return { allowHosts, badFields }
}

function refusalOf({ headers, socket, routeOptions }: FastifyRequest, reach: ControlReach): Bilingual | undefined {
  const { host = "", origin } = headers
  const name = hostName(host)
  if (name === undefined || !reach.allowHosts.has(name)) {
    if (reach.onLoopbackOnly && !comesFromThisMachine(socket)) return FROM_ELSEWHERE
    // A name that is made to resolve to this machine would give its page the rights of the simulator's own page in a
    // browser.
    if (name === undefined || !isOwnName(name, socket, reach)) return foreignName(name, socket)
  }
  // Links from other sites may open the page, but only the page itself may read and change things.
  if (!(routeOptions.url ?? "").startsWith("/_sim/")) return undefined
  if (FOREIGN_SITES.has(String(headers["sec-fetch-site"]))) return foreignPage(origin, socket)
  if (origin === undefined || isSameHost(origin, host) || isAllowedPage(origin, reach)) return undefined
  return foreignPage(origin, socket)
}

/** Another port of this machine is the same site, but another program. */
const FOREIGN_SITES: ReadonlySet<string> = new Set(["cross-site", "same-site"])

function comesFromThisMachine({ remoteAddress = "", localAddress }: Socket): boolean {
  const ip = plainAddress(remoteAddress)
  return ip.startsWith("127.") || ip === "::1" || remoteAddress === localAddress
}

function isOwnName(name: string, { localAddress = "" }: Socket, { host }: ControlReach): boolean {
  if (name === "localhost" || name.endsWith(".localhost") || name === "[::1]") return true
  if (isIP(name) === 4 && name.startsWith("127.")) return true
  const [address = ""] = plainAddress(localAddress).split("%")
  return name === bareHostName(host) || name === bareHostName(address)
}

function isAllowedPage(origin: string, { allowHosts }: ControlReach): boolean {
  return URL.canParse(origin) && allowHosts.has(hostName(new URL(origin).host) ?? "")
}

const FROM_ELSEWHERE: Bilingual = {
  en:
    "control paths and phones answer on this machine only; start the simulator with --host and the address itself, " +
    "or with --allow-host NAME for the name that others call it by, to open them",
  zh:
    "控制路径和手机页面仅限本机访问；如需对外开放，请用 --host 指定本机的具体地址启动模拟器，" +
    "或用 --allow-host NAME 指定其他机器访问时使用的主机名",
}

function foreignName(name: string | undefined, { localPort = 0 }: Socket): Bilingual {
  const allow = `--allow-host ${name ?? "NAME"}`
  const here = `http://127.0.0.1:${localPort}`
  const [en, zh] =
    name === undefined
      ? ["the Host header is missing or is no host name", "缺少 Host 请求头，或其内容不是主机名"]
      : [`${name} is not a name of this simulator`, `${name} 不是本模拟器的主机名`]
  return {
    en: `${en}, and control paths and phones answer by their own names only; call ${here}, or start the simulator with ${allow}`,
    zh: `${zh}；控制路径和手机页面只接受以自己的主机名访问。请访问 ${here}，或用 ${allow} 启动模拟器`,
  }
}

function foreignPage(origin: string | undefined, { localPort = 0 }: Socket): Bilingual {
  const here = `http://127.0.0.1:${localPort}`
  const page = origin === undefined ? "" : ` (Origin: ${origin})`
  return {
    en:
      `a page of another site${page} may not use control paths; open ${here} itself, or call from a program. ` +
      "If the simulator's page has another name in the browser, start it with --allow-host and that name",
    zh:
      `其他网站的页面${page}不能使用控制路径；请直接打开 ${here}，或用程序调用。` +
      "如果浏览器以其他主机名打开模拟器页面，请用 --allow-host 指定该主机名启动模拟器",
  }
}

function notAName(name: string): Bilingual {
  const shown = JSON.stringify(name)
  return {
    en: `must be a host name or an IP address, without scheme, port or *: ${shown}`,
    zh: `必须是主机名或 IP 地址，不带协议、端口或 *：${shown}`,
  }
}
