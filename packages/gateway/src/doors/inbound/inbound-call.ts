import type { IncomingHttpHeaders } from "node:http"
import { decodeUtf8 } from "@wecom-push/protocol"
import { readJson, withoutMark } from "../../accept/read-json.ts"
import { MAX_LIST_VALUES } from "../kit/body-limits.ts"
import { Problem } from "../../problems/problem.ts"
import { isObject, own } from "../kit/json-object.ts"
import type { JsonObject } from "../kit/json-object.ts"

export interface CallParts {
  readonly method: string
  /** The request target as it came, starting with `/`. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** The content type of the body, as the client named it. */
  readonly contentType: string | undefined
  /** The part of the path that names the adapter, as in `/in/bark`. */
  readonly prefix: string
}

/** A request to an adapter as it came in. `body` is empty until the body has arrived. */
export class InboundCall {
  /** HEAD is a GET without a body in its answer. */
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly contentType: string
  /** The content type as it was written: the boundary of a form is case-sensitive. */
  readonly rawContentType: string
  /** The parts of the path after the adapter's name, decoded, without empty ones. @throws {Problem} `bad_request` */
  get path(): readonly string[] {
    this.#path ??= this.#rawPath.split("/").flatMap((part) => (part === "" ? [] : [decoded(part)]))
    return this.#path
  }
  readonly query: URLSearchParams
  body: Uint8Array = NO_BODY
  /** The first file of a form in parts. */
  file: { readonly bytes: Uint8Array; readonly name: string } | undefined
  readonly #rawPath: string
  #path: readonly string[] | undefined
  #form: URLSearchParams | undefined
  #json: { readonly value: unknown } | undefined

  constructor({ method, target, headers, contentType, prefix }: CallParts) {
    this.method = method
    this.headers = headers
    this.rawContentType = contentType ?? ""
    this.contentType = this.rawContentType.toLowerCase()
    const at = target.indexOf("?")
    this.#rawPath = (at < 0 ? target : target.slice(0, at)).slice(prefix.length)
    this.query = new URLSearchParams(at < 0 ? "" : target.slice(at + 1))
  }

  /** If several headers have this name, the first counts. */
  header(name: string): string | undefined {
    const value = this.headers[name]
    const first = Array.isArray(value) ? value[0] : value
    // Node decodes headers as Latin-1, but programs write UTF-8.
    return first === undefined ? undefined : utf8Of(first)
  }

  /**
   * The body as a text, in the character set of its Content-Type; UTF-8 if that names none.
   * @throws {Problem} `invalid_utf8`
   */
  text(): string {
    const bytes = withoutMark(this.body)
    const charset = /;\s*charset="?([\w.:-]+)/.exec(this.contentType)?.[1]
    if (charset !== undefined && !/^utf-?8$/.test(charset)) return textIn(charset, bytes)
    const found = decodeUtf8(bytes)
    if ("text" in found) return found.text
    throw notUtf8(found.invalidAtByte)
  }

  /** The body as JSON, whatever its Content-Type. @throws {Problem} as `readJson` does */
  json(): unknown {
    this.#json ??= { value: readJson(this.body, MAX_LIST_VALUES) }
    return this.#json.value
  }

  /** The body as an object; undefined if it is none. */
  object(): JsonObject | undefined {
    try {
      const value = this.json()
      return isObject(value) ? value : undefined
    } catch (error) {
      if (error instanceof Problem) return undefined
      throw error
    }
  }

  /**
   * A field of a form or a JSON object in the body, or else of the query. Numbers and booleans are returned as they are
   * written.
   */
  field(name: string): string | undefined {
    const inForm = this.#formFields().get(name)
    if (inForm !== null) return inForm
    const inBody = textOf(own(this.isForm() ? undefined : this.object(), name))
    return inBody ?? this.query.get(name) ?? undefined
  }

  isForm(): boolean {
    return this.contentType.startsWith("application/x-www-form-urlencoded")
  }

  /** Must be called once the body has arrived: it reads the fields of a form in parts. */
  async readParts(): Promise<void> {
    if (!this.contentType.startsWith("multipart/form-data")) return
    try {
      const headers = { "content-type": this.rawContentType }
      const form = await new Response(new Uint8Array(this.body), { headers }).formData()
      this.#form = new URLSearchParams()
      for (const [name, value] of form) {
        if (typeof value === "string") this.#form.append(name, value)
        else this.file ??= { bytes: new Uint8Array(await value.arrayBuffer()), name: value.name }
      }
    } catch (error) {
      throw new Problem("invalid_form", { cause: error })
    }
  }

  #formFields(): URLSearchParams {
    this.#form ??= new URLSearchParams(this.isForm() ? this.text() : "")
    return this.#form
  }
}

const NO_BODY = new Uint8Array()

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Problem("bad_request", {
      detail: { en: "The path is not percent-encoded UTF-8.", zh: "路径不是百分号编码的 UTF-8。" },
    })
  }
}

function utf8Of(latin1: string): string {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1
  const found = decodeUtf8(Buffer.from(latin1, "latin1"))
  return "text" in found ? found.text : latin1
}

function textIn(charset: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
  } catch {
    throw new Problem("invalid_utf8", {
      detail: {
        en: `The body is not in the character set ${charset} that its Content-Type names.`,
        zh: `请求体不符合 Content-Type 声明的字符集 ${charset}。`,
      },
    })
  }
}

function notUtf8(at: number): Problem {
  return new Problem("invalid_utf8", {
    detail: {
      en: `The body is not UTF-8 from byte ${at} on; send UTF-8, or name the character set in Content-Type (charset=gbk).`,
      zh: `请求体从第 ${at} 字节起不是 UTF-8；请用 UTF-8 发送，或在 Content-Type 中注明字符集（charset=gbk）。`,
    },
  })
}
