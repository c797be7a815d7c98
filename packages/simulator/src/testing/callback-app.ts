import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { decrypt, getSignature } from "@wecom/crypto"
import { CallbackCipher, sealReply } from "@wecom-push/protocol/callback"
import { CORP_ID, type SimClient } from "./sim-client.ts"

/** Settings of the alerts app, as an administrator copies them from the console. */
export const SETTINGS = { token: "simtoken1000002", aesKey: "u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzdocA" } as const

interface Received {
  readonly method: string
  readonly query: Readonly<Record<string, string>>
  readonly body: string
  /** The decrypted text: of the body, or of `echostr`. */
  readonly message: string
  readonly receiveId: string
  readonly isSigned: boolean
}

/** A program at the other end of the alerts app's callback URL. */
export interface CallbackApp extends AsyncDisposable {
  readonly url: string
  readonly received: readonly Received[]
  /** How it answers from now on; an empty 200 unless a test sets another. */
  answer: (received: Received, response: ServerResponse) => void
  /** Resolves when so many requests have come. */
  hasReceived(count: number): Promise<void>
}

export async function callbackApp(): Promise<CallbackApp> {
  const received: Received[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = await take(request)
    received.push(one)
    app.answer(one, response)
  }
  const server = createServer((request, response) => void serve(request, response)).listen(0, "127.0.0.1")
  await once(server, "listening")
  const app: CallbackApp = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/wecom?app=alerts`,
    received,
    answer: answerNothing,
    async hasReceived(count) {
      while (received.length < count) await new Promise(setImmediate)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
  return app
}

/** Makes the app's URL that of the alerts app, without WeCom's question. */
export async function register({ url }: CallbackApp, sim: SimClient): Promise<void> {
  await sim.settings({ callback_verification: "off" })
  await setUrl(sim, url)
}

export async function setUrl(sim: SimClient, url: string): Promise<void> {
  await sim.org(({ apps: [alerts] }) => {
    if (alerts !== undefined) alerts["callback"] = { url, token: SETTINGS.token, encoding_aes_key: SETTINGS.aesKey }
  })
}

export const answerNothing: CallbackApp["answer"] = (_, response) => void response.end()

export const answerStatus =
  (status: number): CallbackApp["answer"] =>
  (_, response) =>
    void response.writeHead(status).end()

/** Answers with a reply, encrypted and signed. */
export const answerReply =
  (inner: string, token: string = SETTINGS.token): CallbackApp["answer"] =>
  (_, response) => {
    const cipher = new CallbackCipher(SETTINGS.aesKey, CORP_ID)
    void sealReply(`<xml>${inner}</xml>`, { token, cipher, timestamp: 1735689601, nonce: "1" }).then((body) =>
      response.end(body),
    )
  }

async function take(request: IncomingMessage): Promise<Received> {
  const query = Object.fromEntries(new URL(request.url ?? "", "http://app.example").searchParams)
  let body = ""
  for await (const chunk of request) body += String(chunk)
  const encrypted = query["echostr"] ?? /<Encrypt><!\[CDATA\[(.*)\]\]><\/Encrypt>/.exec(body)?.[1] ?? ""
  const { message, id } = decrypt(SETTINGS.aesKey, encrypted)
  const { msg_signature, timestamp = "", nonce = "" } = query
  const isSigned = getSignature(SETTINGS.token, timestamp, nonce, encrypted) === msg_signature
  return { method: request.method ?? "", query, body, message, receiveId: id, isSigned }
}
