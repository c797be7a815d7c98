import type { Context, Outcome } from "../context.ts"
import type { CommandFault } from "../command-error.ts"
import type { GatewayFlags } from "../flags.ts"
import { exitCode } from "../exit-code.ts"
import { printed } from "../printed.ts"
import { requireAccess } from "./access.ts"
import type { GatewayAccess } from "./access.ts"
import { GatewayClient } from "./client.ts"
import { readEvents } from "./event-stream.ts"
import { GatewayError, mayMend } from "./gateway-error.ts"
import { pause } from "./pause.ts"
import { tellEvent } from "./tell-event.ts"
import { say } from "./texts.ts"

const reconnectMs = 2000

interface TailFlags extends GatewayFlags {
  readonly after?: string
}

/**
 * Prints what happens in a gateway, as it happens, until the user ends it. A connection that breaks is made again from
 * the last event on, so that none is missed and none comes twice. With `--json` a line of JSON for each.
 */
export async function tail(flags: TailFlags, context: Context): Outcome {
  const access = await requireAccess(flags, context, afterFaults(flags, context))
  using client = new GatewayClient(access, context)
  const place: Place = { last: flags.after }
  try {
    return await followForEver(client, place, { access, context })
  } catch (error) {
    const { io, language, output } = context
    if (io.delivery?.lost.aborted === true && error === io.delivery.lost.reason) {
      const { last } = place
      output.note(last === undefined ? say(language, "readerGone") : say(language, "readerGoneAfter", { last }))
      return exitCode.ok
    }
    // The only end there is: nothing to complain of.
    if (error instanceof GatewayError && error.code === "aborted") return exitCode.interrupted
    throw error
  }
}

async function followForEver(
  client: GatewayClient,
  place: Place,
  { access, context }: { readonly access: GatewayAccess; readonly context: Context },
): Promise<never> {
  const { language, output } = context
  let isFirst = true
  for (;;) {
    try {
      const stream = await open(client, place.last)
      output.note(isFirst ? say(language, "following", { url: access.url }) : say(language, "connectedAgain"))
      isFirst = false
      await printAll(stream, place, context)
      output.note(say(language, "connectionLost", { what: say(language, "streamEnded", { url: access.url }) }))
    } catch (error) {
      if (isFirst || !(error instanceof GatewayError) || !mayMend(error)) throw error
      output.note(say(language, "connectionLost", { what: error.message }))
    }
    await pause(reconnectMs, context)
  }
}

function open(client: GatewayClient, last: string | undefined): Promise<AsyncGenerator<string>> {
  const headers = { accept: "text/event-stream", ...(last === undefined ? {} : { "last-event-id": last }) }
  return client.stream({ path: "/v1/events", headers })
}

/** Where to continue after a break. */
interface Place {
  last: string | undefined
}

async function printAll(stream: AsyncIterable<string>, place: Place, context: Context): Promise<void> {
  const { output } = context
  for await (const { id, data } of readEvents(stream)) {
    if (data !== "") {
      if (output.json) output.data(data)
      else tellEvent(data, output)
      await printed(context)
    }
    place.last = id ?? place.last
  }
}

function afterFaults({ after }: TailFlags, { language }: Context): readonly CommandFault[] {
  if (after === undefined || /^\d{1,15}$/.test(after)) return []
  return [{ path: "--after", message: say(language, "notEventId", { value: after }) }]
}
