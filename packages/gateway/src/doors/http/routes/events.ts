import { z } from "zod"
import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import { refuse } from "../../../accept/issues.ts"
import { holderOf } from "../../../model/shares.ts"
import type { Places } from "../../../model/shares.ts"
import { Problem } from "../../../problems/problem.ts"
import { shareUsed } from "../../../problems/share-used.ts"
import type { EventLog } from "../../../model/ports/events.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { EventFeed } from "../event-feed.ts"
import { EventPages } from "../event-pages.ts"
import { writeProblem } from "../../kit/failures.ts"
import { noQuery } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import { sendEvent, writeThrough } from "../send-event.ts"
import type { App } from "../../kit/app.ts"

/** Streams events as they happen. */
export function eventRoutes(app: App, { stores, keyRing, now, stopping, limits, streams }: HttpDeps): void {
  const { events } = stores
  const pages = new EventPages(events)

  app.route({
    method: "GET",
    url: "/v1/events",
    exposeHeadRoute: false,
    sse: { kind: "only" },
    config: { scopes: ["read"] },
    schema: {
      operationId: "followEvents",
      tags: ["events"],
      summary: "Events of the key's apps as server-sent events",
      description:
        "Starts with new events, or with the event after Last-Event-ID. If events after that one are missing, the first event is `reset`, without an app, and the oldest stored events follow; `data.reason` is `restored` if a restored backup does not have them, and `deleted` if they were older than the retention time. The data of each event is JSON `{id, at, type, app, message_id, data}`. Types are `reset`, `message.…`, `app.…`, `card.clicked` and `card.menu_clicked` for pressed cards, and `wecom.…` for all other callbacks of WeCom.",
      querystring: noQuery,
      headers: z.looseObject({ "last-event-id": z.string().optional() }),
      response: {
        200: { description: "A stream.", content: { "text/event-stream": { schema: z.string() } } },
        ...problems,
      },
    },
    // The plugin that handles the stream has its own form of refusals.
    onSend: async (request, reply, payload) => {
      return reply.statusCode === 406 ? writeProblem(new Problem("not_acceptable"), request, reply) : payload
    },
    handler: async (request, reply) => {
      const key = keyOf(request)
      using _place = takePlace(streams, key)
      const last = startingPoint(request.headers["last-event-id"])
      const missed = last === undefined ? undefined : await whyMissed(last, events)
      const after = missed !== undefined ? BEFORE_ALL : (last ?? (await events.latest()))
      using feed = new EventFeed({ events, pages }, { after, apps: key.apps })
      // If the client left while the log was read, no `close` event comes any more.
      if (reply.raw.closed) return
      reply.raw.once("close", () => feed.close())
      // Heartbeats prevent the timeout for a reader without events.
      reply.raw.setTimeout(limits.followerStallMs, () => reply.raw.destroy())
      const stop = (): void => {
        feed.close()
        // A client that does not read would not notice the end of the stream. It loses nothing, because it continues with
        // Last-Event-ID.
        if (reply.raw.writableNeedDrain) reply.raw.destroy()
      }
      stopping.addEventListener("abort", stop, { once: true })
      try {
        // Contains the id to continue from, for a connection that breaks before the first event.
        const first = missed === undefined ? { data: undefined } : { event: "reset", data: viewOfReset(missed, now()) }
        await sendEvent(reply, { id: String(after), retry: RECONNECT_MS, ...first })
        for await (const page of feed.pages(() => keyRing.isValid(key, now()))) {
          if (reply.raw.closed) return
          await writeThrough(reply.raw, page)
        }
      } finally {
        stopping.removeEventListener("abort", stop)
        reply.sse.close()
      }
    },
  })
}

/** @throws {Problem} `share_used`, `too_many_streams` */
function takePlace(streams: Places, key: KeyRecord): Disposable {
  const place = streams.take(holderOf(key))
  if (!("of" in place)) return place
  if (place.of === "all") throw new Problem("too_many_streams", { retryAfterSeconds: NO_PLACE_SECONDS })
  throw shareUsed("streams", place, NO_PLACE_SECONDS)
}

const NO_PLACE_SECONDS = 10
const RECONNECT_MS = 2000
const BEFORE_ALL = 0

function startingPoint(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === "") return undefined
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId)
  const detail = {
    en: "Last-Event-ID is the id of an event of ours, a whole number.",
    zh: "Last-Event-ID 应为本接口事件的 id（整数）。",
  }
  throw refuse([{ path: "Last-Event-ID", code: "bad_format", detail }])
}

interface Missed {
  readonly lastEventId: number
  readonly reason: "restored" | "deleted"
}

/**
 * Why a reader cannot continue after the last event that it has seen; undefined if nothing was missed. Ids may skip numbers.
 * So a reader that was away for as long as events are kept may get a gap reported in which there was no event for it.
 */
async function whyMissed(last: number, events: EventLog): Promise<Missed | undefined> {
  if (!(await events.isStillThere(last))) return { lastEventId: last, reason: "restored" }
  if (last !== BEFORE_ALL && last < (await events.oldest()) - 1) return { lastEventId: last, reason: "deleted" }
  return undefined
}

/** In the form of an event, but there is no stored event for it. */
function viewOfReset({ lastEventId, reason }: Missed, now: number): object {
  const data = { last_event_id: lastEventId, reason }
  return { id: BEFORE_ALL, at: formatRfc3339(now), type: "reset", app: null, message_id: null, data }
}
