import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { createSecureContext } from "node:tls"
import type { ConnectionOptions } from "node:tls"
import type { ClientConfig } from "pg"
import type { Bilingual } from "@wecom-push/protocol"

/** The part of an address that `pg` gets. It contains no TLS parameters that `pg` would interpret. */
export type DatabaseAddress = Pick<ClientConfig, "connectionString" | "ssl" | "sslnegotiation">

/** The address, or `PGSSLMODE`, asks for TLS that is impossible, or would leave the server unverified. */
export class TlsRefusal extends Error {
  override readonly name = "TlsRefusal"
  readonly problem: Bilingual

  constructor(problem: Bilingual) {
    super(problem.en)
    this.problem = problem
  }
}

/**
 * No TLS where the address does not mention it or says `disable`. Otherwise TLS, and then certificate and host name are
 * always checked: also for `require` and `verify-ca`, which promise less.
 * @throws {TlsRefusal}
 */
export function tlsOf(url: string): DatabaseAddress {
  const { connectionString, words } = splitAddress(url)
  const mode = words.size === 0 ? modeOfEnvironment() : modeOf(words)
  const isDirect = isNegotiatedDirectly(words)
  const files = readFiles(words)
  if (mode === "disable") {
    if (isDirect || files !== undefined)
      throw new TlsRefusal(needless(isDirect ? "sslnegotiation" : "sslrootcert, sslcert, sslkey"))
    return { connectionString, ssl: false, sslnegotiation: "postgres" }
  }
  if (mode === undefined && !isDirect && files === undefined) {
    return { connectionString, ssl: false, sslnegotiation: "postgres" }
  }
  // Explicit, because `NODE_TLS_REJECT_UNAUTHORIZED=0` in the environment would otherwise switch it off.
  const ssl: ConnectionOptions = { ...files, rejectUnauthorized: true }
  return { connectionString, ssl, sslnegotiation: isDirect ? "direct" : "postgres" }
}

/** Why the address cannot be used; undefined where it can. */
export function tlsProblem(url: string): Bilingual | undefined {
  try {
    tlsOf(url)
    return undefined
  } catch (error) {
    if (error instanceof TlsRefusal) return error.problem
    throw error
  }
}

/** The TLS parameters of the address, removed from it. The rest stays as it was written. */
function splitAddress(url: string): { connectionString: string; words: ReadonlyMap<string, readonly string[]> } {
  const [address = "", query = ""] = url.split(/\?(.*)/s, 2)
  const words = new Map<string, string[]>()
  const rest: string[] = []
  for (const piece of query.split("&").filter((piece) => piece !== "")) {
    const [[name, value] = ["", ""]] = new URLSearchParams(piece)
    if (!isAboutTls(name)) rest.push(piece)
    else words.set(name, [...(words.get(name) ?? []), value])
  }
  for (const [name, values] of words) {
    if (!KNOWN.includes(name)) throw new TlsRefusal(unknownWord(name))
    if (values.length > 1) throw new TlsRefusal(namedTwice(name))
  }
  return { connectionString: rest.length === 0 ? address : `${address}?${rest.join("&")}`, words }
}

/**
 * Whether a parameter is about TLS, in any spelling: `pg` ignores another spelling, and the password would travel
 * unencrypted.
 */
function isAboutTls(name: string): boolean {
  return /^(?:ssl|requiressl|uselibpqcompat)/i.test(name)
}

const KNOWN = ["ssl", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation", "uselibpqcompat"]

type Words = ReadonlyMap<string, readonly string[]>

function modeOf(words: Words): "disable" | "verify-full" | undefined {
  const ssl = words.get("ssl")?.[0]
  const sslmode = words.get("sslmode")?.[0]
  if (ssl !== undefined && sslmode !== undefined) throw new TlsRefusal(namedTwice("ssl, sslmode"))
  // This parameter makes `require` and `verify-ca` check less.
  const isWeaker = words.has("uselibpqcompat") && words.get("uselibpqcompat")?.[0] !== "false"
  if (isWeaker) throw new TlsRefusal(unverified("uselibpqcompat"))
  if (sslmode !== undefined) return modeNamed("sslmode", sslmode)
  return ssl === undefined ? undefined : modeNamed("ssl", SSL_WORDS[ssl] ?? ssl)
}

/** Reads `PGSSLMODE`, as `pg` does: it reads the environment for everything that an address leaves out. */
function modeOfEnvironment(): "disable" | "verify-full" | undefined {
  const { PGSSLMODE: mode = "" } = process.env
  return mode === "" ? undefined : modeNamed("PGSSLMODE", mode)
}

const SSL_WORDS: Readonly<Record<string, string>> = {
  true: "verify-full",
  "1": "verify-full",
  false: "disable",
  "0": "disable",
}

function modeNamed(name: string, mode: string): "disable" | "verify-full" {
  switch (mode) {
    case "disable":
      return "disable"
    case "require":
    case "verify-ca":
    case "verify-full":
      return "verify-full"
    case "no-verify":
      throw new TlsRefusal(unverified(`${name}=no-verify`))
    case "allow":
    case "prefer":
      throw new TlsRefusal(perhapsPlain(`${name}=${mode}`))
    default:
      throw new TlsRefusal(unknownMode(name))
  }
}

function isNegotiatedDirectly(words: Words): boolean {
  const [way = "postgres"] = words.get("sslnegotiation") ?? []
  if (way !== "postgres" && way !== "direct") throw new TlsRefusal(unknownNegotiation)
  return way === "direct"
}

function readFiles(words: Words): ConnectionOptions | undefined {
  const read = (name: string): string | undefined => {
    const [file] = words.get(name) ?? []
    if (file === undefined) return undefined
    try {
      return readFileSync(file, "utf8")
    } catch {
      throw new TlsRefusal(unreadable(name))
    }
  }
  const ca = read("sslrootcert")
  const cert = read("sslcert")
  const key = read("sslkey")
  if ((cert === undefined) !== (key === undefined)) throw new TlsRefusal(halfOfAPair)
  if (ca === undefined && cert === undefined) return undefined
  // Node accepts any text as roots, and then trusts none.
  if (ca !== undefined && !isDone(() => new X509Certificate(ca))) throw new TlsRefusal(noCertificate)
  if (cert !== undefined && !isDone(() => createSecureContext({ cert, key }))) throw new TlsRefusal(noPair)
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert, key }) }
}

function isDone(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

function unverified(what: string): Bilingual {
  return {
    en: `${what} leaves the server's certificate unchecked, so that any server that answers gets the password; write sslmode=verify-full, with sslrootcert=FILE where the certificate is of a root of your own. The check cannot be switched off.`,
    zh: `${what} 会跳过服务器证书校验，任何应答的服务器都能得到密码；请改用 sslmode=verify-full，若证书由自建根证书签发，再加 sslrootcert=文件。证书校验不能关闭。`,
  }
}

function perhapsPlain(what: string): Bilingual {
  return {
    en: `${what} leaves it to the server whether the connection is encrypted; write sslmode=verify-full, or sslmode=disable where the network is trusted.`,
    zh: `${what} 由服务器决定是否加密；请写明 sslmode=verify-full，或在可信网络中写 sslmode=disable。`,
  }
}

function unknownMode(name: string): Bilingual {
  return {
    en: `${name} is none of disable, require, verify-ca, verify-full; correct it.`,
    zh: `${name} 应为 disable、require、verify-ca、verify-full 之一，请更正。`,
  }
}

function unknownWord(name: string): Bilingual {
  return {
    en: `the parameter ${name} is not known, and would be passed by without TLS; those of TLS are ${KNOWN.slice(1, -1).join(", ")}.`,
    zh: `参数 ${name} 无法识别，会被忽略而不使用 TLS；TLS 相关的参数有 ${KNOWN.slice(1, -1).join("、")}。`,
  }
}

function namedTwice(names: string): Bilingual {
  return {
    en: `${names} says more than once what TLS to use; keep one.`,
    zh: `${names} 重复设置了 TLS，请只保留一个。`,
  }
}

function needless(names: string): Bilingual {
  return {
    en: `${names} applies to TLS only; leave it out, or write sslmode=verify-full.`,
    zh: `未使用 TLS 时 ${names} 没有作用；请删除，或改为 sslmode=verify-full。`,
  }
}

function unreadable(name: string): Bilingual {
  return {
    en: `the file that ${name} names cannot be read; correct the path or its rights.`,
    zh: `无法读取 ${name} 指向的文件，请检查路径和权限。`,
  }
}

const unknownNegotiation: Bilingual = {
  en: "sslnegotiation is neither postgres nor direct; correct it.",
  zh: "sslnegotiation 应为 postgres 或 direct，请更正。",
}

const noCertificate: Bilingual = {
  en: "the file that sslrootcert names has no certificate in PEM; name the file of the root certificate.",
  zh: "sslrootcert 指向的文件中没有 PEM 格式的证书，请指定根证书文件。",
}

const noPair: Bilingual = {
  en: "sslcert and sslkey must name a certificate in PEM and its private key, and these two files are not; name those of the gateway.",
  zh: "sslcert 和 sslkey 指向的文件不是 PEM 格式的证书及其私钥，请指定网关自己的证书和私钥。",
}

const halfOfAPair: Bilingual = {
  en: "sslcert and sslkey need each other; give both or none.",
  zh: "sslcert 和 sslkey 须同时给出，或都不给。",
}
