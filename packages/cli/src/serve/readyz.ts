import { CommandError } from "../command-error.ts"
import { carriesRequests, readAddress } from "../config/check-settings.ts"
import { readSettings } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { CommonFlags } from "../flags.ts"
import { defaultUrl } from "../gateway/access.ts"
import { Exchange, NoAnswer } from "../gateway/exchange.ts"
import { say as sayGateway } from "../gateway/texts.ts"
import { say } from "./texts.ts"

/** Short of the limit that supervisors have for such a question, 10 s or more. */
const patienceMs = 5000

interface ReadyzFlags extends CommonFlags {
  readonly config?: string
  readonly gateway?: string
}

/** Asks a gateway whether it accepts and sends; for a container's HEALTHCHECK, so it needs no key. */
export async function readyz(flags: ReadyzFlags, context: Context): Outcome {
  const { io, language, output } = context
  const { settings } = await readSettings(flags, context)
  const address = readAddress(settings.gatewayUrl?.value ?? defaultUrl)
  if ("fault" in address) {
    const message = sayGateway(language, "badGatewayUrl")
    throw new CommandError("configuration", exitCode.usage, say(language, "cannotAsk"), {
      faults: [{ path: settings.gatewayUrl?.name ?? "--gateway", message }],
    })
  }
  const { url } = address
  const { httpsProxy, noProxy } = settings
  const proxy = carriesRequests(url, noProxy?.value) ? httpsProxy?.value : undefined
  using exchange = new Exchange(proxy === undefined ? undefined : { httpsProxy: proxy })
  const signal = AbortSignal.any([io.interruption(), AbortSignal.timeout(patienceMs)])
  const ready = await isReady(exchange, new URL(`${url}/readyz`), signal)
  if (output.json) output.data(JSON.stringify({ ok: ready === true, url, error: ready === true ? null : ready }))
  else if (ready === true) output.note(say(language, "isReady", { url }))
  else output.complain(say(language, "isNotReady", { url, what: ready }))
  return ready === true ? exitCode.ok : exitCode.notSent
}

/** @returns true, or why not */
async function isReady(exchange: Exchange, url: URL, signal: AbortSignal): Promise<true | string> {
  try {
    const { status } = await exchange.ask({ method: "GET", url, headers: {}, signal })
    return status === 200 ? true : `HTTP ${status}`
  } catch (error) {
    if (error instanceof NoAnswer) return signal.aborted ? "ETIMEDOUT" : error.code
    throw error
  }
}
