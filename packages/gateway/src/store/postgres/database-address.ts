import type { Bilingual } from "@wecom-push/protocol"
import { tlsProblem } from "./database-tls.ts"

/** Why an address of the form `postgres://…/DATABASE` cannot be used; undefined where it can. */
export function addressProblem(url: string): Bilingual | undefined {
  const [address = "", query = ""] = url.split(/\?(.*)/s, 2)
  const pieces = query.split("&").filter((piece) => piece !== "")
  if ([address, ...pieces].some((piece) => !isEncoded(piece))) return notEncoded
  const parameters = pieces.map((piece) => {
    const [[name, value] = ["", ""]] = new URLSearchParams(piece)
    return { name, value }
  })
  const authority = /^[a-z]+:\/\/([^/]*)/i.exec(address)?.[1] ?? ""
  const host = authority.slice(authority.lastIndexOf("@") + 1)
  const named = (name: string): readonly string[] => parameters.flatMap((one) => (one.name === name ? [one.value] : []))
  if ([host, ...named("host"), ...named("port")].some((one) => one.includes(","))) return severalHosts
  const port = /:([^\]:]*)$/.exec(host)?.[1]
  if ([...(port === undefined ? [] : [port]), ...named("port")].some((one) => !isPort(one))) return noPort
  for (const { name, value } of parameters) {
    const problem = parameterProblem(name, value)
    if (problem !== undefined) return problem
  }
  return tlsProblem(url)
}

function isEncoded(text: string): boolean {
  // `pg` does the same: where a % begins no escape, it takes the whole address as not encoded.
  if (/%(?![\da-f]{2})/i.test(text)) return true
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
}

function parameterProblem(name: string, value: string): Bilingual | undefined {
  // Another module checks these, and names their faults.
  if (/^(?:ssl|requiressl|uselibpqcompat)/i.test(name)) return undefined
  const allowed = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined
  if (allowed === undefined) return unknownParameter(name)
  return allowed === "any" || allowed.includes(value.toLowerCase()) ? undefined : badValue(name, allowed)
}

/**
 * The allowed values of each parameter. Some are libpq's and change nothing here: an address that other programs use
 * may stay as it is, unless it asks for something that the gateway would not do.
 */
const PARAMETERS: Readonly<Record<string, "any" | readonly string[]>> = {
  host: "any",
  port: "any",
  user: "any",
  password: "any",
  application_name: "any",
  fallback_application_name: "any",
  options: "any",
  connect_timeout: "any",
  keepalives: "any",
  keepalives_idle: "any",
  keepalives_interval: "any",
  keepalives_count: "any",
  tcp_user_timeout: "any",
  channel_binding: "any",
  load_balance_hosts: "any",
  client_encoding: ["utf8", "utf-8", "auto"],
  gssencmode: ["disable", "prefer"],
  target_session_attrs: ["any", "read-write", "primary"],
}

const severalHosts: Bilingual = {
  en: "it names several hosts or ports, and a gateway connects to one; name the one that always leads to the primary: a virtual address, a DNS name that moves with it, HAProxy or PgBouncer.",
  zh: "其中有多个主机或端口，而网关只连接一个；请填写始终指向主库的地址：虚拟 IP、随主库切换的 DNS 名称、HAProxy 或 PgBouncer。",
}

const noPort: Bilingual = {
  en: "its port must be a number from 1 to 65535; correct it, or leave it out for 5432.",
  zh: "端口应为 1 到 65535 之间的数字，请更正；省略则为 5432。",
}

const notEncoded: Bilingual = {
  en: "it contains a % that does not stand for an encoded character; write %25 for a % in user, password, database or a parameter.",
  zh: "其中有不构成字符的 %；用户、密码、数据库名或参数中的 % 请写作 %25。",
}

function unknownParameter(name: string): Bilingual {
  return {
    en: `the parameter ${name} is not one that a gateway uses; correct it, or leave it out. Settings of the server belong to the role: ALTER ROLE … SET ….`,
    zh: `参数 ${name} 不是网关使用的参数，请更正或删除。服务器设置应设在角色上：ALTER ROLE … SET …。`,
  }
}

function badValue(name: string, allowed: readonly string[]): Bilingual {
  return {
    en: `the parameter ${name} must be one of ${allowed.join(", ")}; correct it or leave it out.`,
    zh: `参数 ${name} 应为 ${allowed.join("、")} 之一，请更正或删除。`,
  }
}
