import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** The result that a method passes to its callback. */
interface Result {
  readonly data: Readonly<Record<string, unknown>> | Buffer
  readonly headers: Readonly<Record<string, string | undefined>>
}

export interface WechatEnterpriseApi extends AsyncDisposable {
  /** Calls a method of the client by its name. Rejects with the client's own error. */
  call(method: string, ...parameters: readonly unknown[]): Promise<Result>
  /** Writes a file to upload; the client sends its name. */
  file(name: string, bytes: Uint8Array): Promise<string>
}

type Callback = (
  error: Error | null,
  data: Result["data"],
  response: { readonly headers: Result["headers"] } | undefined,
) => void

interface Client {
  prefix: string
  readonly [method: string]: unknown
}

const require = createRequire(import.meta.url)
const API = require("wechat-enterprise-api") as new (corpId: string, secret: string, agentId: number) => Client

/** npm `wechat-enterprise-api` as its users set it up, but for the host it calls. */
export async function wechatEnterpriseApi(options: {
  readonly url: string
  readonly corpId: string
  readonly secret: string
  readonly agentId: number
}): Promise<WechatEnterpriseApi> {
  const client = new API(options.corpId, options.secret, options.agentId)
  client.prefix = `${options.url}/cgi-bin/`
  const folder = await mkdtemp(join(tmpdir(), "wechat-enterprise-api-"))
  return {
    async call(method, ...parameters) {
      const { promise, resolve, reject } = Promise.withResolvers<Result>()
      const callback: Callback = (error, data, response) => {
        if (error === null || error === undefined) resolve({ data, headers: response?.headers ?? {} })
        else reject(error)
      }
      ;(client[method] as (...all: readonly unknown[]) => void).call(client, ...parameters, callback)
      return promise
    },
    async file(name, bytes) {
      const path = join(folder, name)
      await writeFile(path, bytes)
      return path
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
