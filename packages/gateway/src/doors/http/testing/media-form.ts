import type { RequestOptions, TestAnswer } from "./start-gateway.ts"

export { amr, GIF, JPG, MP4, padded, PNG, TEXT } from "../../../../../simulator/src/testing/sample-media.ts"

export interface FormWish {
  readonly type?: string
  readonly app?: string
  readonly filename?: string
  readonly key?: string
}

interface Asked {
  request(path: string, init?: RequestOptions): Promise<TestAnswer>
}

/** Uploads a file. */
export function postFile(asked: Asked, bytes: Uint8Array<ArrayBuffer>, wish: FormWish = {}): Promise<TestAnswer> {
  const { type = "file", app, filename = "a.dat", key } = wish
  const form = new FormData()
  form.set("type", type)
  if (app !== undefined) form.set("app", app)
  form.set("file", new Blob([bytes]), filename)
  return postForm(asked, form, key)
}

export async function postForm(asked: Asked, form: FormData, key?: string): Promise<TestAnswer> {
  const encoded = new Response(form)
  return asked.request("/v1/media", {
    body: new Uint8Array(await encoded.arrayBuffer()),
    headers: { "content-type": encoded.headers.get("content-type") ?? "" },
    ...(key === undefined ? {} : { key }),
  })
}
