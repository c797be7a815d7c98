import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Work } from "node-easywechat"

export interface EasyWeChat extends AsyncDisposable {
  /** A call below `/cgi-bin/`. */
  post(path: string, body: object): Promise<Record<string, unknown>>
  /** The same by GET. */
  get(path: string, params: object): Promise<Record<string, unknown>>
  /** `media/upload`, as in its documentation. @param file a path */
  upload(type: string, file: string): Promise<Record<string, unknown>>
  /** `message/send` of its app. */
  send(message: object): Promise<Record<string, unknown>>
}

export interface EasyWeChatOptions {
  /** The address that `/cgi-bin` is below. */
  readonly url: string
  readonly corpId: string
  readonly secret: string
  readonly agentId: number
}

/** node-easywechat as its users set it up. */
export async function easyWeChat({ url, corpId, secret, agentId }: EasyWeChatOptions): Promise<EasyWeChat> {
  // By default it stores its token in a folder that all its users on the machine share.
  const folder = await mkdtemp(join(tmpdir(), "easywechat-"))
  const app = new Work({
    corp_id: corpId,
    secret,
    token: "unused",
    aes_key: "",
    http: { baseURL: `${url}/` },
    file_cache: { path: folder, dirMode: 0o700, fileMode: 0o600, ext: ".cache" },
  })
  const client = app.getClient()
  const post = async (path: string, body: object): Promise<Record<string, unknown>> =>
    (await client.postJson(`/cgi-bin/${path}`, body)).toObject<Record<string, unknown>>()
  return {
    post,
    get: async (path, params) => (await client.get(`/cgi-bin/${path}`, { params })).toObject<Record<string, unknown>>(),
    upload: async (type, file) => {
      const answer = await client.withFile(file, "media").post("/cgi-bin/media/upload", { params: { type } })
      return answer.toObject<Record<string, unknown>>()
    },
    send: (message) => post("message/send", { agentid: agentId, ...message }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
