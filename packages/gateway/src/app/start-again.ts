import { setTimeout as sleep } from "node:timers/promises"
import { StartRefusal } from "../model/start-refusal.ts"
import type { Log } from "./log.ts"

export interface Gateway extends AsyncDisposable {
  /** As in `http://127.0.0.1:7788`. */
  readonly url: string
  readonly port: number
  /** Set if the key was made at this start: it is shown only this once. */
  readonly adminKey: string | undefined
  /** How many messages of a restored database wait for an operator's decision. */
  readonly parkedMessages: number
  /** How many files of a restored database are not in its bucket. */
  readonly lostFiles: number
  readonly log: Log
  /** Stops accepting at once, and waits for work under way for at most `drainMs`. Default 20,000. */
  stop(drainMs?: number): Promise<void>
}

export interface GatewayRun extends Gateway {
  /** Aborted when the state in its memory is no longer valid, and it has to be started again. */
  readonly historyLost: AbortSignal | undefined
}

/**
 * A gateway that starts again, in the same process and on the same port, when its database has gone back to an earlier
 * moment. Its state in memory belongs to data that was lost, and the next start parks messages that may have gone out.
 * @param start `port`: the port of the run before; undefined at the first start
 */
export async function startAgain(start: (port: number | undefined) => Promise<GatewayRun>): Promise<Gateway> {
  const stopping = new AbortController()
  let run = await start(undefined)
  let restarted = Promise.resolve()
  const { url, port, adminKey } = run

  const restart = async (): Promise<void> => {
    const { log } = run
    log.error(
      "the database is at an earlier state than before: the last commits are lost, as when an asynchronous standby takes over; the gateway restarts itself and holds back what may have been sent",
    )
    await run.stop(DRAIN_MS)
    while (!stopping.signal.aborted) {
      try {
        run = await start(port)
        break
      } catch (error) {
        if (!(error instanceof StartRefusal && error.isPassing)) throw error
        log.error({ code: error.code, why: error.message }, "the restart after a lost commit failed; trying again")
      }
      // A stop ends the pause, which is no error.
      await sleep(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
    if (stopping.signal.aborted) return
    if (run.parkedMessages > 0) {
      run.log.warn(
        { messages: run.parkedMessages },
        "messages that may have been sent are set to in_doubt; retry sends them again",
      )
    }
    watch()
  }
  const onLost = (): void => {
    if (!stopping.signal.aborted) restarted = restart()
  }
  const watch = (): void => {
    const { historyLost } = run
    if (historyLost?.aborted === true) onLost()
    else historyLost?.addEventListener("abort", onLost, { once: true })
  }
  watch()

  const stop = async (drainMs?: number): Promise<void> => {
    stopping.abort()
    await restarted
    await run.stop(drainMs)
  }
  return {
    url,
    port,
    adminKey,
    get parkedMessages() {
      return run.parkedMessages
    },
    get lostFiles() {
      return run.lostFiles
    },
    get log() {
      return run.log
    },
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}

/** The time for calls under way, while no request is taken. */
const DRAIN_MS = 1000
const AGAIN_MS = 1000
