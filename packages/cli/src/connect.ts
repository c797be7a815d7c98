import { fileLookupStore, fileMediaStore, fileTokenStore, httpsTransport, WeCom } from "@wecom-push/sdk"
import type { ApiHooks, WeComOptions } from "@wecom-push/sdk"
import type { WarningEvent } from "@wecom-push/sdk/internals"
import { cacheFault, cacheFolder } from "./cache-folder.ts"
import type { Configuration } from "./config/check-settings.ts"
import type { Context } from "./context.ts"
import { makeFolder } from "./make-folder.ts"
import { say } from "./texts.ts"

export interface Connection extends AsyncDisposable {
  readonly wecom: WeCom
}

/** Shorter than the SDK's default: a user who mistypes a number at a terminal corrects it within minutes. */
const missLifetimeMs = 10 * 60_000

/** A client for the configured app. It keeps tokens, look-ups and uploads for the next process. */
export function connect(
  configuration: Configuration,
  context: Context,
  { strict = true, ...hooks }: ApiHooks & Pick<WeComOptions, "strict"> = {},
): Connection {
  const { io, language, output } = context
  const { corpId, secret, agentId, baseUrl, proxy, found } = configuration
  if (found.baseUrl?.source === "simulator") output.note(say(language, "usingSimulator", { url: baseUrl }))
  const stores = storesFor(context)
  const transport = httpsTransport(proxy === undefined ? {} : { proxy })
  const wecom = new WeCom({
    corpId,
    secret,
    agentId,
    baseUrl,
    language,
    strict,
    transport,
    ...stores,
    // A pipe may take as long as the user at the terminal wants.
    sourceTimeoutMs: Infinity,
    lookupMissLifetimeMs: missLifetimeMs,
    ...(io.clock && { clock: io.clock }),
    hooks: { ...hooks, onWarning: (event) => tellWarning(event, context) },
  })
  return { wecom, [Symbol.asyncDispose]: () => transport.close() }
}

/** The stores are files, for the next process; they are in memory when other users can write the cache folder. */
function storesFor(context: Context): Pick<WeComOptions, "tokenStore" | "lookupStore" | "mediaStore"> {
  const directory = cacheFolder(context.io.env)
  try {
    // The folder is made now, so that the check sees it as it will be when something is kept in it.
    makeFolder(directory)
  } catch {
    // A store that cannot be written reports that itself.
  }
  const fault = cacheFault(context)
  if (fault !== undefined) {
    context.output.warnOnce(fault.message)
    return {}
  }
  return {
    tokenStore: fileTokenStore({ directory }),
    lookupStore: fileLookupStore({ directory }),
    mediaStore: fileMediaStore({ directory }),
  }
}

function tellWarning({ warning, detail }: WarningEvent, { io, language, output }: Context): void {
  if (warning === "json_not_understood" || warning === "unknown_recipients") {
    output.warn(say(language, warnings[warning], { detail }))
    return
  }
  // Each try to read or to write meets the same fault; its code says the same of all of them.
  const what = detail.split(":", 1)[0] ?? detail
  output.warnOnce(say(language, storeWarnings[warning], { folder: cacheFolder(io.env), what }))
}

const warnings = { json_not_understood: "warnJson", unknown_recipients: "warnStrangers" } as const

const storeWarnings = {
  token_store_failed: "warnTokenStore",
  lookup_store_failed: "warnLookupStore",
  media_store_failed: "warnMediaStore",
} as const
