import assert from "node:assert/strict"
import { test } from "node:test"
import { readXml } from "@wecom-push/protocol/callback"
import type { CallbackEvent } from "./event.ts"
import { readEvent } from "./read-event.ts"
import { innerXml } from "./testing/app-settings.ts"

async function read(elements: string, from?: string): Promise<CallbackEvent> {
  const xml = innerXml(elements, from)
  return readEvent((await readXml(xml)) ?? {}, xml)
}

/** The fields of an event that not all events have. */
async function special(elements: string): Promise<object> {
  const { id: _, ToUserName, FromUserName, CreateTime, AgentID, fields, ...rest } = await read(elements)
  assert.deepEqual(
    [ToUserName, FromUserName, CreateTime, AgentID],
    ["ww0123456789abcdef", "alice", 1735689700, 1000007],
  )
  assert.equal(fields["FromUserName"], "alice")
  return rest
}

const message = (type: string, rest: string): string =>
  `<MsgType>${type}</MsgType>${rest}<MsgId>1234567890123456789</MsgId>`
const event = (name: string, rest = ""): string => `<MsgType>event</MsgType><Event>${name}</Event>${rest}`

test("messages of members", async () => {
  const common = { MsgId: "1234567890123456789" }
  assert.deepEqual(await special(message("text", "<Content>你好</Content>")), {
    ...common,
    kind: "text",
    MsgType: "text",
    Content: "你好",
  })
  assert.deepEqual(await special(message("image", "<PicUrl>https://p.example</PicUrl><MediaId>M</MediaId>")), {
    ...common,
    kind: "image",
    MsgType: "image",
    PicUrl: "https://p.example",
    MediaId: "M",
  })
  assert.deepEqual(await special(message("voice", "<MediaId>M</MediaId><Format>amr</Format>")), {
    ...common,
    kind: "voice",
    MsgType: "voice",
    MediaId: "M",
    Format: "amr",
  })
  assert.deepEqual(await special(message("video", "<MediaId>M</MediaId><ThumbMediaId>T</ThumbMediaId>")), {
    ...common,
    kind: "video",
    MsgType: "video",
    MediaId: "M",
    ThumbMediaId: "T",
  })
  const place =
    "<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale><Label>某地</Label>"
  assert.deepEqual(await special(message("location", place)), {
    ...common,
    kind: "location",
    MsgType: "location",
    Location_X: 23.134521,
    Location_Y: 113.358803,
    Scale: 20,
    Label: "某地",
  })
  const link = "<Title>t</Title><Description>d</Description><Url>https://u.example</Url><PicUrl>p</PicUrl>"
  assert.deepEqual(await special(message("link", link)), {
    ...common,
    kind: "link",
    MsgType: "link",
    Title: "t",
    Description: "d",
    Url: "https://u.example",
    PicUrl: "p",
  })
})

const CARD =
  "<EventKey>k</EventKey><TaskId>t</TaskId><CardType>vote_interaction</CardType><ResponseCode>R</ResponseCode>"
const PRESSED = { EventKey: "k", TaskId: "t", CardType: "vote_interaction", ResponseCode: "R" }

const selectedItem = (key: string, ...ids: string[]): string => {
  const options = ids.map((id) => `<OptionId>${id}</OptionId>`).join("")
  return `<SelectedItem><QuestionKey>${key}</QuestionKey><OptionIds>${options}</OptionIds></SelectedItem>`
}

test("a card that was pressed, with what was selected: nothing, one or several", async () => {
  const named = { kind: "template_card_event", MsgType: "event", Event: "template_card_event", ...PRESSED }
  assert.deepEqual(await special(event("template_card_event", CARD)), { ...named, SelectedItems: [] })
  const one = `${CARD}<SelectedItems>${selectedItem("day", "mon")}</SelectedItems>`
  assert.deepEqual(await special(event("template_card_event", one)), {
    ...named,
    SelectedItems: [{ QuestionKey: "day", OptionIds: ["mon"] }],
  })
  const several = `${CARD}<SelectedItems>${selectedItem("day", "mon", "007")}${selectedItem("shift")}</SelectedItems>`
  assert.deepEqual(await special(event("template_card_event", several)), {
    ...named,
    SelectedItems: [
      { QuestionKey: "day", OptionIds: ["mon", "007"] },
      { QuestionKey: "shift", OptionIds: [] },
    ],
  })
})

test("events with members of their own", async () => {
  const cases: readonly (readonly [string, string, object])[] = [
    ["template_card_menu_event", CARD, PRESSED],
    ["taskcard_click", "<EventKey>k</EventKey><TaskId>t</TaskId>", { EventKey: "k", TaskId: "t" }],
    [
      "LOCATION",
      "<Latitude>23.104</Latitude><Longitude>113.320</Longitude><Precision>65.000</Precision>",
      { Latitude: 23.104, Longitude: 113.32, Precision: 65 },
    ],
    [
      "scancode_waitmsg",
      "<EventKey>6</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>007</ScanResult></ScanCodeInfo>",
      { EventKey: "6", ScanCodeInfo: { ScanType: "qrcode", ScanResult: "007" } },
    ],
    [
      "pic_weixin",
      "<SendPicsInfo><Count>1</Count><PicList><item><PicMd5Sum>5a</PicMd5Sum></item></PicList></SendPicsInfo>",
      { SendPicsInfo: { Count: 1, PicMd5Sums: ["5a"] } },
    ],
    [
      "location_select",
      "<SendLocationInfo><Location_X>23</Location_X><Location_Y>113</Location_Y><Scale>15</Scale><Label>l</Label><Poiname>p</Poiname></SendLocationInfo>",
      { SendLocationInfo: { Location_X: 23, Location_Y: 113, Scale: 15, Label: "l", Poiname: "p" } },
    ],
    [
      "batch_job_result",
      "<BatchJob><JobId>j</JobId><JobType>sync_user</JobType><ErrCode>0</ErrCode><ErrMsg>ok</ErrMsg></BatchJob>",
      { BatchJob: { JobId: "j", JobType: "sync_user", ErrCode: 0, ErrMsg: "ok" } },
    ],
    ["inactive_alert", "<EffectTime>1735776000</EffectTime>", { EffectTime: 1735776000 }],
    ["upload_media_job_finish", "<JobId>j</JobId>", { JobId: "j" }],
  ]
  for (const [name, rest, own] of cases) {
    assert.deepEqual(
      await special(event(name, rest)),
      { MsgType: "event", Event: name, kind: name, EventKey: "", ...own },
      name,
    )
  }
})

test("events that say no more than who and when", async () => {
  for (const name of ["subscribe", "unsubscribe", "enter_agent", "click", "view", "view_miniprogram"]) {
    const own = { MsgType: "event", Event: name, kind: name, EventKey: "007" }
    assert.deepEqual(await special(event(name, "<EventKey>007</EventKey>")), own)
  }
  for (const name of ["close_inactive_agent", "reopen_inactive_agent", "low_active", "active_restored"]) {
    const own = { MsgType: "event", Event: name, kind: name, EventKey: "", EffectTime: undefined }
    assert.deepEqual(await special(event(name)), own)
  }
})

test("a change of contacts names what changed; the rest is in fields, by WeCom's names", async () => {
  const xml =
    "<xml><ToUserName>ww1</ToUserName><FromUserName>sys</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>" +
    "<Event>change_contact</Event><ChangeType>update_user</ChangeType><UserID>007</UserID><NewUserID>008</NewUserID>" +
    "<Mobile>13800000007</Mobile></xml>"
  const read = readEvent((await readXml(xml)) ?? {}, xml)
  assert.ok(read.kind === "change_contact")
  assert.deepEqual(
    [read.FromUserName, read.AgentID, read.ChangeType, read.UserID, read.NewUserID, read.TagId],
    ["sys", undefined, "update_user", "007", "008", undefined],
  )
  assert.equal(read.fields["Mobile"], "13800000007")
})

// proves 4.2: callbacks
test("messages and unknown events are passed on with everything in them", async () => {
  const unheard = await read(event("share_agent_change", "<Detail><A>1</A><A>2</A></Detail>"))
  assert.ok(unheard.kind === "unknown")
  assert.deepEqual(
    [unheard.MsgType, unheard.Event, unheard.fields["Detail"]],
    ["event", "share_agent_change", { A: ["1", "2"] }],
  )
  const music = await read("<MsgType>music</MsgType>")
  assert.deepEqual([music.kind, music.MsgType], ["unknown", "music"])
  const nothing = readEvent({}, "<xml></xml>")
  assert.deepEqual([nothing.kind, nothing.FromUserName, nothing.AgentID], ["unknown", "", undefined])
})

test("event names are case-sensitive: location is a message, LOCATION an event", async () => {
  assert.equal((await read(event("location"))).kind, "unknown")
  assert.equal((await read(event("Subscribe"))).kind, "unknown")
})

test("a legacy task card spells its app's number its own way", async () => {
  const xml = "<xml><MsgType>event</MsgType><Event>taskcard_click</Event><AgentId>1</AgentId></xml>"
  assert.equal(readEvent((await readXml(xml)) ?? {}, xml).AgentID, 1)
})

test("an event is known again by its MsgId, or else by the whole of it", async () => {
  assert.equal((await read(message("text", "<Content>a</Content>"))).id, "1234567890123456789")
  const [first, again, other] = [await read(event("click")), await read(event("click")), await read(event("view"))]
  assert.equal(first.id, again.id)
  assert.notEqual(first.id, other.id)
})
