import { request } from "undici"

interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Does what `fetch` does, without redirects, for half of the processor time: tests make some ten thousand requests. */
export async function ask(url: string, { method = "GET", headers = {}, body }: Asking = {}): Promise<Answered> {
  const answer = await request(url, { method, headers: { ...headers }, ...(body === undefined ? {} : { body }) })
  const text = await answer.body.text()
  return { status: answer.statusCode, headers: headersOf(answer.headers), text }
}

function headersOf(given: Readonly<Record<string, string | readonly string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, values] of Object.entries(given)) {
    for (const value of [values].flat()) if (value !== undefined) headers.append(name, value)
  }
  return headers
}
