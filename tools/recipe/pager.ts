/** The recipe of a kind, done for a pager: the change of each file, by the path that the recipe names. */
interface Change {
  /** The text, found once in the file, after which this is inserted; undefined: the file is new. */
  readonly behind?: string
  readonly text: string
}

const KIND = `import { string, atMost } from "../../scalars.ts"
import { object, required } from "../../shape.ts"
import { targetKey } from "../call-target.ts"
import { addressedBody, ONE_TARGET, onlyTarget, SENT_TO_ALL } from "./addressed-body.ts"
import { APP_MESSAGE } from "./app-message.ts"
import type { CallKind } from "./call-kind.ts"

const text = object({ content: required(string(atMost(20, "bytes", 40058)), 44004) })
const pagerIn = (body: string): string => (JSON.parse(body) as { pager: string }).pager

export const PAGER: CallKind = {
  ...APP_MESSAGE,
  name: "pager",
  api: "pager/send",
  most: { ...ONE_TARGET, user: 1 },
  looksUp: false,
  types: { text: { payload: required(text, 44004) } },
  hasDuplicateCheck: false,
  canRecall: false,
  canChangeCards: false,
  targetRate: { perMinute: 20, perHour: undefined },
  bodyOf: (targets, content) => addressedBody({ pager: onlyTarget(targets, "pager/send").id }, content),
  usersIn: (body) => [pagerIn(body)],
  isOf: () => true,
  keysIn: (body) => [targetKey("user", pagerIn(body))],
  resultsOf: () => SENT_TO_ALL,
}
`

const CHANNEL = `import { callKind } from "@wecom-push/protocol/delivery"
import type { Api } from "@wecom-push/sdk/internals"
import { callOnce } from "../../wecom/call-once.ts"
import type { Channel } from "../channel.ts"

const kind = callKind("pager")

export function pagerChannel(api: Api): Channel {
  return { kind, send: (call) => callOnce(api, { path: kind.api, ...call }) }
}
`

const KINDS = "packages/protocol/src/delivery/kinds"
const GATEWAY = "packages/gateway/src"

export const PAGER: Readonly<Record<string, readonly Change[]>> = {
  [`${KINDS}/NAME.ts`]: [{ text: KIND }],
  [`${KINDS}/call-kind.ts`]: [{ behind: "export const CALL_KINDS = [", text: '"pager", ' }],
  [`${KINDS}/index.ts`]: [
    { behind: 'import { GROUP_ROBOT } from "./group-robot.ts"\n', text: 'import { PAGER } from "./pager.ts"\n' },
    { behind: "  app_message: APP_MESSAGE,\n", text: "  pager: PAGER,\n" },
  ],
  [`${GATEWAY}/channels/NAME/NAME.ts`]: [{ text: CHANNEL }],
  [`${GATEWAY}/channels/channels.ts`]: [
    {
      behind: 'import type { Channel } from "./channel.ts"\n',
      text: 'import { callKind } from "@wecom-push/protocol/delivery"\nimport { pagerChannel } from "./pager/pager.ts"\n',
    },
    {
      behind: "export const CHANNELS: Channels = {\n",
      text: '  pager: { callKind: callKind("pager"), open: ({ api }) => pagerChannel(api) },\n',
    },
  ],
  [`${GATEWAY}/accept/content-rules.ts`]: [
    {
      behind: 'import { APP_CHAT, SMART_ROBOT } from "@wecom-push/protocol/delivery"\n',
      text: 'import { callKind } from "@wecom-push/protocol/delivery"\n',
    },
    {
      behind: "const BY_KIND: Readonly<Record<string, ContentRules>> = {\n",
      text: `  pager: {
    ...OF_APPS,
    check: (message, tolerance) =>
      checkContent(message, tolerance, (one) => checkMessageOf(callKind("pager").types, one)),
  },
`,
    },
  ],
  [`${GATEWAY}/model/app-kinds.ts`]: [{ behind: "export const APP_KINDS = [", text: '"pager", ' }],
  [`${GATEWAY}/doors/http/routes/apps.ts`]: [
    {
      behind: "const FIELDS_OF_KIND = {\n",
      text: '  pager: { needed: ["corp_id", "agent_id", "secret"], allowed: [] },\n',
    },
  ],
}
