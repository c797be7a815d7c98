import { once } from "node:events"
import type { Server } from "node:http"
import type { CallbackEvent } from "@wecom-push/sdk/callback"
import { CommandError } from "../command-error.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { ListenFlags } from "../flags.ts"
import { listenFailure } from "../listen-failure.ts"
import { printed } from "../printed.ts"
import { callBack, readOrg, SimulatorRefusal } from "../simulate/call-back.ts"
import { untilAborted } from "../until-aborted.ts"
import { readOptions } from "./options.ts"
import type { ListenOptions } from "./options.ts"
import { tellEvent } from "./tell-event.ts"
import { say } from "./texts.ts"

/**
 * Prints what WeCom sends to an app, as it comes, until the user ends it; with `--json` one line of JSON for each
 * event. A simulator gets this address for its callbacks, and at the end its former address again.
 */
export async function listen(flags: ListenFlags, context: Context): Outcome {
  const { io, language, output } = context
  const interruption = io.interruption()
  const options = await readOptions(flags, context)
  await using running = new AsyncDisposableStack()
  const server = await start(options, context)
  running.defer(() => close(server))
  const address = addressOf(server, options.host)
  const { simulator } = options
  if (simulator === undefined) output.note(say(language, "listeningAt", { address }))
  else {
    await redirect(simulator, address, context)
    running.defer(() => restore(simulator, address, context))
    const { url, app } = simulator
    output.note(say(language, "listeningFor", { address, agentId: app.agentid, url }))
    const { url: before } = app.callback
    if (before !== "") output.note(say(language, "addressTaken", { agentId: app.agentid, before }))
  }
  const lost = io.delivery?.lost
  await untilAborted(lost === undefined ? interruption : AbortSignal.any([interruption, lost]))
  await running.disposeAsync()
  if (lost?.aborted === true) output.note(say(language, "readerGone"))
  output.note(say(language, "stopped"))
  return exitCode.ok
}

async function start({ host, port, ...keys }: ListenOptions, context: Context): Promise<Server> {
  const { language, output } = context
  const { createCallbackHandler } = await import("@wecom-push/sdk/callback")
  const handler = createCallbackHandler({
    token: keys.token,
    encodingAesKey: keys.encodingAesKey,
    receiveId: keys.corpId,
    language,
    // Printed before the answer: an event that could not be printed is not acknowledged, so WeCom sends it again.
    beforeAnswer: async (event) => {
      print(event, context)
      await printed(context)
      return undefined
    },
    onEvent: () => undefined,
    onError: (error) => output.warn(say(language, "notTold", { what: String(error) })),
    onRefused: ({ message }) => output.warn(say(language, "refused", { why: message })),
  })
  const { createServer } = process.getBuiltinModule("node:http")
  const server = createServer(handler)
  server.listen(port, host)
  try {
    await once(server, "listening")
  } catch (error) {
    throw listenFailure(error, { host, port, flag: "--port" }, language) ?? error
  }
  return server
}

function print(event: CallbackEvent, { output }: Context): void {
  if (output.json) output.data(JSON.stringify(event))
  else tellEvent(event, output)
}

async function close(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, "close")
}

function addressOf(server: Server, host: string): string {
  const at = server.address()
  const port = typeof at === "object" && at !== null ? at.port : 0
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}/`
}

type Simulated = NonNullable<ListenOptions["simulator"]>

async function redirect({ url, app }: Simulated, address: string, { language }: Context): Promise<void> {
  try {
    await callBack(url, new Map([[app.agentid, address]]))
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    throw new CommandError(
      "simulator_refused",
      exitCode.notSent,
      say(language, "simulatorRefused", { url, address, what }),
    )
  }
}

/** Another program may have taken over the callbacks in the meantime; it keeps them. */
async function restore({ url, app }: Simulated, address: string, { language, output }: Context): Promise<void> {
  try {
    const now = (await readOrg(url)).apps.find(({ agentid }) => agentid === app.agentid)
    if (now?.callback.url === address) await callBack(url, new Map([[app.agentid, app.callback.url]]))
  } catch (error) {
    const isGone = error instanceof Error && "code" in error && error.code === "ECONNREFUSED"
    if (!isGone) output.warn(say(language, "notRestored", { url }))
    if (!(error instanceof SimulatorRefusal) && !(error instanceof Error && "code" in error)) throw error
  }
}
