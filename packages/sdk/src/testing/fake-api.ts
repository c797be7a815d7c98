import type { Api, ApiAnswer, ApiRequest } from "../api.ts"
import type { Clock } from "../clock.ts"
import { leapingClock } from "./leaping-clock.ts"

export interface FakeApi extends Api {
  readonly requests: readonly ApiRequest[]
}

type Reply = Readonly<Record<string, unknown>> & { readonly errcode: number }

/** An `Api` whose answers the test decides; an error that it throws is the end of the call. */
export function fakeApi(
  answer: (request: ApiRequest, number: number) => Reply | Promise<Reply>,
  clock: Clock = leapingClock(),
): FakeApi {
  const requests: ApiRequest[] = []
  return {
    clock,
    requests,
    async call(request): Promise<ApiAnswer> {
      requests.push(request)
      return { errmsg: "", ...(await answer(request, requests.length)) }
    },
    download: (request) => Promise.reject(new Error(`no download is expected: ${request.path}`)),
  }
}

/** A body as JSON. */
export function bodyOf({ body }: ApiRequest): Readonly<Record<string, unknown>> {
  return JSON.parse(typeof body === "string" ? body : "{}") as Record<string, unknown>
}

/** Everybody a call names. */
export function namedIn(request: ApiRequest): string[] {
  const { touser, toparty, totag } = bodyOf(request)
  return [touser, toparty, totag].flatMap((list) => (typeof list === "string" ? list.split("|") : []))
}
