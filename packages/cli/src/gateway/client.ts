import type { IncomingMessage } from "node:http"
import type { Language } from "@wecom-push/protocol"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import { codeOf } from "../read-text.ts"
import { say as sayCommon } from "../texts.ts"
import type { GatewayAccess } from "./access.ts"
import { Exchange, NoAnswer } from "./exchange.ts"
import type { Answer, Request } from "./exchange.ts"
import { Fields, UnexpectedShape } from "./fields.ts"
import { GatewayError } from "./gateway-error.ts"
import { refusalOf } from "./refusal.ts"
import type { FlagsOfFields } from "./refusal.ts"
import { say } from "./texts.ts"

export interface Question {
  readonly method?: Request["method"]
  /** Below the gateway's address, such as `/v1/messages`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Flags of this command alone, by the fields that they fill: a refusal names the flag. */
  readonly flags?: FlagsOfFields
  /** Sent unchanged, with its type. */
  readonly form?: Blob
  readonly onSent?: Request["onSent"]
  readonly headers?: Readonly<Record<string, string>>
  /** Ends the request before the command is interrupted. */
  readonly signal?: AbortSignal
}

/** One gateway, called with one key. Every failure is a `GatewayError` in the user's language. */
export class GatewayClient implements Disposable {
  readonly #access: GatewayAccess
  readonly #exchange: Exchange
  readonly #language: Language
  readonly #signal: AbortSignal

  constructor(access: GatewayAccess, { io, language }: Context) {
    this.#access = access
    this.#exchange = new Exchange(access.proxy)
    this.#language = language
    this.#signal = io.interruption()
  }

  /** @throws {GatewayError} */
  async ask<T>(question: Question, read: (fields: Fields, answer: Answer) => T): Promise<T> {
    const answer = await this.answer(question)
    if (answer.status < 200 || answer.status > 299) throw this.#refusal(answer, question.flags)
    try {
      return read(new Fields(JSON.parse(answer.body)), answer)
    } catch (error) {
      if (error instanceof UnexpectedShape || error instanceof SyntaxError) throw this.#notAGateway(answer.status)
      throw error
    }
  }

  /** For requests that are answered with 204. @throws {GatewayError} */
  async tell(question: Question): Promise<void> {
    const answer = await this.answer(question)
    if (answer.status < 200 || answer.status > 299) throw this.#refusal(answer)
  }

  /** Returns any answer. @throws {GatewayError} when there is no answer */
  async answer(question: Question): Promise<Answer> {
    try {
      return await this.#exchange.ask(this.#request(question, this.#signal))
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /**
   * Resolves once a stream of events has begun.
   * @throws {GatewayError} also while it is read
   */
  async stream(question: Question): Promise<AsyncGenerator<string>> {
    try {
      const { status, headers, stream } = await this.#exchange.open(this.#request(question, this.#signal))
      const isEvents = headers["content-type"]?.startsWith("text/event-stream") === true
      if (status === 200 && isEvents) return this.#textOf(stream)
      let body = ""
      for await (const text of this.#textOf(stream)) body += text
      throw status === 200 ? this.#notAGateway(status) : this.#refusal({ status, headers, body })
    } catch (error) {
      throw this.#failure(error)
    }
  }

  [Symbol.dispose](): void {
    this.#exchange[Symbol.dispose]()
  }

  #request(
    { method = "GET", path, query = {}, body, form, onSent, headers = {}, signal: own }: Question,
    interruption: AbortSignal,
  ): Request {
    const url = new URL(this.#access.url + path)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    return {
      method,
      url,
      signal: own === undefined ? interruption : AbortSignal.any([interruption, own]),
      headers: {
        accept: "application/json, application/problem+json",
        "accept-language": this.#language,
        authorization: `Bearer ${this.#access.key}`,
        "user-agent": "wecom-push",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(form === undefined ? {} : { "content-type": form.type }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(form === undefined ? {} : { body: form }),
      ...(onSent === undefined ? {} : { onSent }),
    }
  }

  async *#textOf(stream: IncomingMessage): AsyncGenerator<string> {
    try {
      for await (const text of stream.setEncoding("utf8") as AsyncIterable<string>) yield text
    } catch (error) {
      throw this.#failure(error instanceof NoAnswer ? error : new NoAnswer(true, codeOf(error) ?? "ECONNRESET"))
    }
  }

  #failure(error: unknown): unknown {
    if (!(error instanceof NoAnswer)) return error
    const { code, mayHaveArrived } = error
    if (this.#signal.aborted) {
      return new GatewayError("aborted", exitCode.interrupted, say(this.#language, "interrupted"), { mayHaveArrived })
    }
    const values = { url: this.#access.url, what: code }
    return new GatewayError(
      "gateway_unreachable",
      exitCode.notSent,
      say(this.#language, mayHaveArrived ? "answerLost" : "unreachable", values),
      {
        hint: this.#hintFor(code),
        mayHaveArrived,
      },
    )
  }

  #hintFor(code: string): string {
    if (code === "EPROTO") return sayCommon(this.#language, "noTlsHint")
    return say(this.#language, isOnThisMachine(this.#access.url) ? "unreachableHere" : "unreachableHint")
  }

  #refusal(answer: Answer, flags?: FlagsOfFields): GatewayError {
    return refusalOf(answer, this.#access.keyFrom, this.#language, flags)
  }

  #notAGateway(status: number): GatewayError {
    const message = say(this.#language, "notAGateway", { url: this.#access.url, status })
    return new GatewayError("gateway_unusable_answer", exitCode.notSent, message, {
      hint: say(this.#language, "notAGatewayHint"),
      mayHaveArrived: true,
      status,
    })
  }
}

export function isOnThisMachine(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.")
}
