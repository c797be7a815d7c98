import { say as sayToBot, type Said } from "../bots/say.ts"
import { say as sayToApp, type SaidToApp } from "../callbacks/say.ts"
import type { CallbackDelivery } from "../callbacks/delivery.ts"
import { advanceClock, clockOf, type SimulatorClock } from "../control/advance-clock.ts"
import type { BadField } from "../control/bad-field.ts"
import { replaceOrg } from "../control/replace-org.ts"
import type { Fault } from "../faults/fault.ts"
import type { FaultQueue } from "../faults/fault-queue.ts"
import { faultToJson, parseFaults } from "../faults/parse-faults.ts"
import { InvalidSimulatorOptions } from "../invalid-options.ts"
import type { OrgDocument, OrgInput } from "../org/types.ts"
import { phoneMessages } from "../phone-messages.ts"
import type { World } from "../world.ts"
import { parseSettings, type ChosenSettings, type Settings } from "../settings.ts"
import { click, type Click } from "./click.ts"
import { shownMessage, type ShownMessage } from "./shown-message.ts"
import { useridOf, waitForMessage, type Surroundings, type WantedMessage } from "./wait-for-message.ts"

/** Which messages to return; with nothing given, all on all phones. */
export interface MessageFilter {
  /** The userid of the member whose phone it is, in any case. */
  readonly userid?: string | undefined
  /** The member's mobile, in place of the userid. */
  readonly mobile?: string | undefined
  /** Only messages with a greater number: pass the `seq` of the last one that you have read. */
  readonly after?: number | undefined
  /** True: also messages that were recalled, which no phone shows any more. */
  readonly recalled?: boolean | undefined
}

/** The control paths as functions in the same process, with the same names and the same effect. */
export interface SimulatorControls {
  /** The present organisation. Changing this object has no effect: pass a changed copy to `replaceOrg()`. */
  readonly org: OrgDocument
  /** The present settings and limits. */
  readonly settings: Settings
  /**
   * The messages that phones show now, oldest first, as `GET /_sim/messages` returns them. Times are ISO 8601 by the
   * simulator's clock. The newest 10,000 messages are remembered, unless the setting `keep` says otherwise.
   * @throws {InvalidSimulatorOptions} no member has that mobile
   */
  messages(filter?: MessageFilter): ShownMessage[]
  /**
   * Resolves with the oldest message that fits: at once when a phone already shows one, otherwise as soon as one does.
   * @throws {MessageNotShown} none came within `timeoutMs` (5000), or before the simulator was closed; the text lists
   * what phones showed instead, what was kept back and why, and the calls that failed
   * @throws {InvalidSimulatorOptions} no member has that userid or mobile
   */
  waitForMessage(wanted?: WantedMessage): Promise<ShownMessage>
  /**
   * Advances the clock, as `POST /_sim/clock` does: it applies to tokens, codes, files, limit windows and repeated
   * callbacks, but not to timers of your own program.
   * @param seconds 0 or more, at most a century, and not beyond the year 9999; fractions count
   * @throws {InvalidSimulatorOptions}
   */
  advance(seconds: number): SimulatorClock
  /**
   * Adds a fault, or several in their order, as `POST /_sim/faults` does; when one of them is bad, none is added.
   * @returns all faults that are still to come
   * @throws {InvalidSimulatorOptions} every bad field, each named
   */
  fault(faults: Fault | readonly Fault[]): Fault[]
  /**
   * Presses a card on a phone, as `POST /_sim/phones/{userid}/click` does: the app's callback URL gets the event.
   * Resolves when the first try is over (at most 5 s by the simulator's clock), or at once when the app has no URL.
   * @throws {ClickRefused} nothing can be pressed: an inactive button, a recalled message, an unknown key
   */
  click(click: Click): Promise<CallbackDelivery>
  /**
   * Writes to a smart robot as a member, as `POST /_sim/phones/{userid}/say` does: the robot's connection gets a frame.
   * From then on the robot may send to that member. `state` is `kept` when the robot has no connection: WeCom repeats
   * no frame.
   * @throws {InvalidSimulatorOptions} no such robot, member or group
   */
  say(said: Said & { readonly userid: string }): CallbackDelivery
  /**
   * Writes to an app as a member, or raises the events `enter_agent`, `subscribe`, `unsubscribe` and `change_contact`:
   * the app's callback URL gets it, encrypted and signed. Resolves as `click` does.
   * @throws {InvalidSimulatorOptions} no such app or member, or the member does not see the app
   */
  say(said: SaidToApp & { readonly userid: string }): Promise<CallbackDelivery>
  /**
   * Changes the given settings and limits, as `PUT /_sim/settings` does; the others stay as they are.
   * @throws {InvalidSimulatorOptions} every bad field, each named
   */
  changeSettings(change: ChosenSettings): Settings
  /**
   * Replaces the organisation, as `PUT /_sim/org` does. An app whose callback URL is new is asked to decrypt a text;
   * with the setting `callback_verification` of `refuse` this fails when an app cannot.
   * @throws {InvalidSimulatorOptions} every bad field, each named
   */
  replaceOrg(org: OrgInput): Promise<OrgDocument>
}

export function controlsOf(around: Surroundings, faults: FaultQueue): SimulatorControls {
  const { world } = around
  return {
    get org() {
      return world.organisation
    },
    get settings() {
      return world.settings
    },
    messages: ({ after, recalled, ...whose } = {}) => {
      const { userid, badFields } = useridOf(world, whose)
      refuse(badFields)
      return Array.from(phoneMessages(world.ledger, { userid, after, recalled }), shownMessage)
    },
    waitForMessage: (wanted = {}) => waitForMessage(around, wanted),
    advance: (seconds) => {
      refuse(advanceClock(world, { advance_s: seconds }))
      return clockOf(world)
    },
    fault: (added) => {
      const { faults: planned, badFields } = parseFaults(added)
      refuse(badFields)
      faults.add(planned)
      return faults.left().map(faultToJson)
    },
    click: (one) => click(world, one),
    say: sayOn(world),
    changeSettings: (change) => {
      const { settings, badFields } = parseSettings(change)
      refuse(badFields)
      world.changeSettings(settings)
      return world.settings
    },
    replaceOrg: async (org) => {
      refuse(await replaceOrg(world, org))
      return world.organisation
    },
  }
}

function sayOn(world: World): SimulatorControls["say"] {
  function say(said: Said & { readonly userid: string }): CallbackDelivery
  function say(said: SaidToApp & { readonly userid: string }): Promise<CallbackDelivery>
  function say({
    userid,
    ...said
  }: (Said | SaidToApp) & { readonly userid: string }): CallbackDelivery | Promise<CallbackDelivery> {
    if ("agentid" in said) return Promise.resolve(sayToApp(world, userid, said)).then(toldOf)
    return toldOf(sayToBot(world, userid, said))
  }
  return say
}

function toldOf(heard: ReturnType<typeof sayToBot>): CallbackDelivery {
  if ("told" in heard) return heard.told
  throw new InvalidSimulatorOptions(heard.badFields)
}

function refuse(badFields: readonly BadField[]): void {
  if (badFields.length > 0) throw new InvalidSimulatorOptions(badFields)
}
