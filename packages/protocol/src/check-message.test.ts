import assert from "node:assert/strict"
import test, { suite } from "node:test"
import { checkMessage } from "./check-message.ts"
import type { Fault } from "./fault.ts"
import { MESSAGE_TYPES } from "./message.ts"
import type { AppMessage, MessageType } from "./message.ts"
import { fullest, smallest } from "./testing/example-messages.ts"
import { withValue } from "./testing/with-value.ts"
import { tolerate } from "./tolerate.ts"

suite("a message as WeCom documents it has no fault", () => {
  for (const type of MESSAGE_TYPES) {
    test(`${type}, as small as it can be`, () => assert.deepEqual(checkMessage(smallest[type]), []))
    test(`${type}, with every field and switch`, () => assert.deepEqual(checkMessage(fullest[type]), []))
  }
})

suite("a text may be as long as its limit and not one longer", () => {
  type Row = readonly [type: MessageType, path: string, limit: number, unit: "bytes" | "characters", errcode?: number]
  const rows: readonly Row[] = [
    // WeCom cuts these without a word, so there is no errcode.
    ["text", "text.content", 2048, "bytes"],
    ["video", "video.title", 128, "bytes"],
    ["video", "video.description", 512, "bytes"],
    ["textcard", "textcard.btntxt", 4, "characters"],
    ["news", "news.articles[0].title", 128, "bytes"],
    ["news", "news.articles[0].description", 512, "bytes"],
    ["mpnews", "mpnews.articles[0].title", 128, "bytes"],
    ["mpnews", "mpnews.articles[0].digest", 512, "bytes"],
    ["markdown", "markdown.content", 2048, "bytes"],
    // WeCom refuses these.
    ["textcard", "textcard.url", 2048, "bytes", 40058],
    ["news", "news.articles[0].url", 2048, "bytes", 40058],
    ["news", "news.articles[0].picurl", 2048, "bytes", 40058],
    ["news", "news.articles[1].pagepath", 128, "bytes", 40058],
    ["mpnews", "mpnews.articles[0].author", 64, "bytes", 45032],
    ["mpnews", "mpnews.articles[0].content", 666 * 1024, "bytes", 45002],
    ["miniprogram_notice", "miniprogram_notice.page", 1024, "bytes", 90204],
    ["miniprogram_notice", "miniprogram_notice.title", 12, "characters", 40058],
    ["miniprogram_notice", "miniprogram_notice.description", 12, "characters", 40058],
    ["miniprogram_notice", "miniprogram_notice.content_item[0].key", 10, "characters", 90202],
    ["miniprogram_notice", "miniprogram_notice.content_item[0].value", 30, "characters", 90203],
  ]
  for (const [type, path, limit, unit, errcode] of rows) {
    test(`${path}: ${limit} ${unit}${errcode === undefined ? ", else cut" : `, else ${errcode}`}`, () => {
      const ofSize = (size: number) => checkMessage(withValue(fullest[type], path, textOfSize(path, size, unit)))
      const fault = { path, rule: "too_long", severity: "error", unit, limit, actual: limit + 1 }
      assert.deepEqual(ofSize(limit), [])
      assert.deepEqual(ofSize(limit + 1), [errcode === undefined ? fault : { ...fault, errcode }])
    })
  }

  test("what is counted in bytes counts 3 for a Chinese character and 4 for an emoji", () => {
    assert.deepEqual(checkText("你".repeat(682) + "ab"), [])
    assert.equal(checkText("你".repeat(683))[0]?.actual, 2049)
    assert.equal(checkText("😀".repeat(513))[0]?.actual, 2052)
  })

  test("what is counted in characters counts an emoji once", () => {
    assert.deepEqual(noticeTitled("😀".repeat(12)), [])
    assert.equal(noticeTitled("😀".repeat(13))[0]?.actual, 13)
  })
})

suite("a textcard is cut by characters for certain and by bytes perhaps, as the documents disagree", () => {
  for (const [name, limit] of [
    ["title", 128],
    ["description", 512],
  ] as const) {
    const path = `textcard.${name}`
    const ofText = (text: string) => checkMessage(withValue(smallest.textcard, path, text))

    test(`${name}: up to ${limit} bytes nothing is said`, () => assert.deepEqual(ofText("x".repeat(limit)), []))

    test(`${name}: over ${limit} bytes and up to ${limit} characters is a warning`, () => {
      const warning = { path, rule: "too_long", severity: "warning", unit: "bytes", limit, actual: limit * 3 }
      assert.deepEqual(ofText("你".repeat(limit)), [warning])
    })

    test(`${name}: over ${limit} characters is an error`, () => {
      const error = { path, rule: "too_long", severity: "error", unit: "characters", limit, actual: limit + 1 }
      assert.deepEqual(ofText("x".repeat(limit + 1)), [error])
      assert.deepEqual(ofText("你".repeat(limit + 1)), [error])
    })
  }
})

suite("a mini-program notice has 4 to 12 characters of title and description", () => {
  for (const name of ["title", "description"]) {
    test(`${name} of 3 is too short, of 4 is not`, () => {
      const path = `miniprogram_notice.${name}`
      const ofText = (text: string) => checkMessage(withValue(fullest.miniprogram_notice, path, text))
      const size = { unit: "characters", limit: 4, actual: 3 }
      assert.deepEqual(ofText("会议室"), [{ path, rule: "too_short", severity: "error", ...size, errcode: 40058 }])
      assert.deepEqual(ofText("会议提醒"), [])
    })
  }
})

suite("a list has as many items as it may and not one more or less", () => {
  type Row = readonly [type: MessageType, path: string, min: number, max: number, errcode: number]
  const rows: readonly Row[] = [
    ["news", "news.articles", 1, 8, 45008],
    ["mpnews", "mpnews.articles", 1, 8, 45008],
    ["miniprogram_notice", "miniprogram_notice.content_item", 0, 10, 90201],
  ]
  for (const [type, path, min, max, errcode] of rows) {
    test(`${path}: ${min} to ${max}, more is ${errcode}`, () => {
      const item = { ...fullest.news.news.articles[0] }
      const items = { news: item, mpnews: fullest.mpnews.mpnews.articles[0] }[type as string] ?? {
        key: "k",
        value: "v",
      }
      const ofCount = (count: number) => checkMessage(withValue(fullest[type], path, Array(count).fill(items)))
      const tooMany = { rule: "too_many", severity: "error", unit: "items", limit: max, actual: max + 1, errcode }
      assert.deepEqual(ofCount(max), [])
      assert.deepEqual(ofCount(max + 1), [{ path, ...tooMany }])
      assert.deepEqual(
        ofCount(0).map((fault) => [fault.rule, fault.limit]),
        min === 0 ? [] : [["too_few", min]],
      )
    })
  }
})

suite("what WeCom requires is missed, left out or empty alike, with WeCom's own errcode", () => {
  type Row = readonly [type: MessageType, path: string, errcode: number]
  const rows: readonly Row[] = [
    ["text", "text.content", 44004],
    ["image", "image.media_id", 41006],
    ["voice", "voice.media_id", 41006],
    ["video", "video.media_id", 41006],
    ["file", "file.media_id", 41006],
    ["textcard", "textcard.title", 40058],
    ["textcard", "textcard.description", 41033],
    ["textcard", "textcard.url", 41010],
    ["news", "news.articles[0].title", 41016],
    ["mpnews", "mpnews.articles[0].title", 40058],
    ["mpnews", "mpnews.articles[0].thumb_media_id", 41006],
    ["mpnews", "mpnews.articles[0].content", 40058],
    ["markdown", "markdown.content", 44004],
    ["miniprogram_notice", "miniprogram_notice.appid", 90200],
    ["miniprogram_notice", "miniprogram_notice.title", 40058],
  ]
  for (const [type, path, errcode] of rows) {
    test(`${path}: ${errcode}`, () => {
      const check = (value: unknown) => checkMessage(withValue(smallest[type], path, value))
      assert.deepEqual(check(undefined), [{ path, rule: "required", severity: "error", errcode }])
      assert.deepEqual(check(""), [{ path, rule: "empty", severity: "error", errcode }])
      for (const wrong of [null, 7, true, {}, []])
        assert.deepEqual(check(wrong), [{ path, rule: "wrong_type", severity: "error", because: "string", errcode }])
    })
  }

  const withoutPayload: Readonly<Record<MessageType, number>> = {
    text: 44004,
    image: 41006,
    voice: 41006,
    video: 41006,
    file: 41006,
    textcard: 40058,
    news: 40058,
    mpnews: 40058,
    markdown: 44004,
    miniprogram_notice: 90200,
    template_card: 42031,
  }
  for (const type of MESSAGE_TYPES) {
    test(`${type} without its payload: ${withoutPayload[type]}`, () => {
      const errcode = withoutPayload[type]
      const path = type
      assert.deepEqual(checkMessage({ msgtype: type }), [{ path, rule: "required", severity: "error", errcode }])
      const wrong = { path, rule: "wrong_type", severity: "error", because: "object", errcode }
      for (const payload of [null, "text", 1, []])
        assert.deepEqual(checkMessage({ msgtype: type, [type]: payload }), [wrong])
    })
  }

  test("no articles at all: 40058", () => {
    for (const type of ["news", "mpnews"])
      assert.deepEqual(checkMessage({ msgtype: type, [type]: {} }), [
        { path: `${type}.articles`, rule: "required", severity: "error", errcode: 40058 },
      ])
  })
})

suite("msgtype", () => {
  test("left out is 40008", () => {
    assert.deepEqual(checkMessage({}), [{ path: "msgtype", rule: "required", severity: "error", errcode: 40008 }])
  })

  test("that WeCom does not take for app messages is 40008, and the right ones are named", () => {
    for (const msgtype of ["markdown_v2", "taskcard", "TEXT", "__proto__", "constructor"]) {
      const fault = { rule: "not_allowed", severity: "error", allowed: MESSAGE_TYPES, errcode: 40008 }
      assert.deepEqual(checkMessage({ msgtype, [msgtype]: {} }), [{ path: "msgtype", ...fault }])
    }
  })

  test("of a message that is no object is 40008", () => {
    for (const message of [undefined, null, 1, "text", [], true]) {
      const fault = { path: "", rule: "wrong_type", severity: "error", because: "object", errcode: 40008 }
      assert.deepEqual(checkMessage(message), [fault])
    }
  })
})

suite("a switch takes the values its type documents", () => {
  const safe: Readonly<Record<MessageType, readonly number[]>> = {
    text: [0, 1],
    image: [0, 1],
    voice: [0],
    video: [0, 1],
    file: [0, 1],
    textcard: [0],
    news: [0],
    mpnews: [0, 1, 2],
    markdown: [0],
    miniprogram_notice: [0],
    template_card: [0],
  }
  const translated = new Set<MessageType>(["text", "textcard", "news", "mpnews", "miniprogram_notice", "template_card"])
  for (const type of MESSAGE_TYPES) {
    test(`${type}: safe ${safe[type].join("/")}, enable_id_trans ${translated.has(type) ? "0/1" : "0"}`, () => {
      for (const value of [0, 1, 2, 3]) {
        const faults = checkMessage({ ...smallest[type], safe: value })
        assert.deepEqual(faults.map(pathAndRule), safe[type].includes(value) ? [] : ["safe not_allowed"])
      }
      for (const value of [0, 1, 2]) {
        const faults = checkMessage({ ...smallest[type], enable_id_trans: value })
        const right = value === 0 || (value === 1 && translated.has(type))
        assert.deepEqual(faults.map(pathAndRule), right ? [] : ["enable_id_trans not_allowed"])
      }
    })
  }

  test("confidential news may be 40074, a code that is listed and that was never observed: a warning", () => {
    const fault = { path: "safe", rule: "not_allowed", severity: "warning", allowed: [0], errcode: 40074 }
    assert.deepEqual(checkMessage({ ...smallest.news, safe: 1 }), [fault])
  })

  test("safe 2 for anything but mpnews is 40058, and of no consequence where there is no safe", () => {
    assert.equal(checkMessage({ ...smallest.text, safe: 2 })[0]?.errcode, 40058)
    assert.equal(checkMessage({ ...smallest.mpnews, safe: 3 })[0]?.errcode, 40058)
    assert.equal(checkMessage({ ...smallest.markdown, safe: 2 })[0]?.errcode, undefined)
  })

  test("enable_id_trans where WeCom documents none is a warning: clients ask for it with every type", () => {
    const fault = { path: "enable_id_trans", rule: "not_allowed", severity: "warning", allowed: [0] }
    assert.deepEqual(checkMessage({ ...smallest.image, enable_id_trans: 1 }), [fault])
  })

  test("as a string is the wrong type, which WeCom lets pass", () => {
    const fault = { path: "safe", rule: "wrong_type", severity: "error", because: "number", allowed: [0, 1] }
    assert.deepEqual(checkMessage({ ...smallest.text, safe: "0" }), [fault])
  })
})

suite("a web address has http:// or https://", () => {
  const wrong = ["example.com", "ftp://example.com", "//example.com", "http:/example.com", "https://", "javascript:1"]
  const right = ["http://a", "https://a", "HTTPS://A.example", "https://例子.example/路径?a=1#b"]
  const rows = [
    ["textcard", "textcard.url", 45034],
    ["news", "news.articles[0].url", 45034],
    ["news", "news.articles[0].picurl", undefined],
    ["mpnews", "mpnews.articles[0].content_source_url", 45034],
  ] as const
  for (const [type, path, errcode] of rows) {
    test(`${path}: else ${errcode ?? "no picture"}`, () => {
      for (const url of right) assert.deepEqual(checkMessage(withValue(smallest[type], path, url)), [], url)
      for (const url of wrong) {
        const [fault, ...more] = checkMessage(withValue(smallest[type], path, url))
        assert.deepEqual([fault?.path, fault?.rule, fault?.errcode], [path, "bad_format", errcode], url)
        assert.deepEqual(more, [])
      }
    })
  }
})

suite("an article of news leads somewhere", () => {
  test("to a url or to a page of a mini-program, else 41010", () => {
    const allowed = ["url", "appid + pagepath"]
    const fault = { path: "news.articles[0].url", rule: "required", severity: "error", allowed, errcode: 41010 }
    assert.deepEqual(checkArticle({}), [fault])
    assert.deepEqual(checkArticle({ url: "", appid: "", pagepath: "" }), [{ ...fault, rule: "empty" }])
    assert.deepEqual(checkArticle({ appid: "wx0000000000000001", pagepath: "pages/a" }), [])
  })

  test("and half a pair is no page", () => {
    const fault = { rule: "required", severity: "error", errcode: 40058 }
    assert.deepEqual(checkArticle({ appid: "wx0000000000000001" }), [
      { path: "news.articles[0].pagepath", ...fault, because: "appid" },
    ])
    assert.deepEqual(checkArticle({ pagepath: "pages/a", url: "https://a" }), [
      { path: "news.articles[0].appid", ...fault, because: "pagepath" },
    ])
  })
})

suite("a pair of a mini-program notice has both halves or none", () => {
  const path = "miniprogram_notice.content_item[0]"

  test("key without value and value without key", () => {
    assert.deepEqual(checkNoticeItem({ key: "房间" }).map(withErrcode), [`${path}.value required 90203`])
    assert.deepEqual(checkNoticeItem({ key: "", value: "5F" }).map(withErrcode), [`${path}.key empty 90202`])
  })

  test("two empty strings are passed over by WeCom", () =>
    assert.deepEqual(checkNoticeItem({ key: "", value: "" }), []))
})

suite("what does not belong here is named", () => {
  test("a field that WeCom does not document, at any depth, with a warning: it goes out as it is", () => {
    const message = { ...smallest.text, text: { content: "a", "con tent": 1 }, saef: 1 }
    assert.deepEqual(checkMessage(message), [
      { path: 'text["con tent"]', rule: "unknown_field", severity: "warning" },
      { path: "saef", rule: "unknown_field", severity: "warning" },
    ])
  })

  test("names of Object.prototype are no fields either", () => {
    const message: unknown = JSON.parse(
      '{"msgtype":"text","text":{"content":"a","__proto__":{"content":1},"toString":1}}',
    )
    assert.deepEqual(checkMessage(message).map(pathAndRule), [
      "text.__proto__ unknown_field",
      "text.toString unknown_field",
    ])
    assert.deepEqual(
      checkMessage(message).map(({ severity }) => severity),
      ["error", "warning"],
      "a __proto__ is never sent by mistake",
    )
  })

  test("a payload left over from another type", () => {
    const fault = { path: "markdown", rule: "conflict", severity: "error", because: "msgtype = text" }
    assert.deepEqual(checkMessage({ ...smallest.text, markdown: { content: "a" } }), [fault])
    for (const empty of [{}, { content: "" }, null, ""])
      assert.deepEqual(checkMessage({ ...smallest.text, markdown: empty }), [{ ...fault, severity: "warning" }])
  })

  test("recipients, agentid and duplicate check are looked at elsewhere", () => {
    const rest = {
      touser: 1,
      toparty: [],
      totag: null,
      agentid: "x",
      enable_duplicate_check: 9,
      duplicate_check_interval: "",
    }
    assert.deepEqual(checkMessage({ ...smallest.text, ...rest }), [])
  })

  test("a member that is undefined is not there, as in JSON", () => {
    assert.deepEqual(checkMessage({ ...smallest.text, safe: undefined, markdown: undefined, odd: undefined }), [])
  })
})

suite("a string that UTF-8 or a database cannot hold", () => {
  test("NUL is named with its position", () => {
    assert.deepEqual(checkText("你好\0"), [{ path: "text.content", rule: "nul", severity: "error", actual: 2 }])
  })

  test("half a surrogate pair is named with its position in UTF-16 units", () => {
    const fault = { path: "text.content", rule: "lone_surrogate", severity: "error" }
    assert.deepEqual(checkText("😀\ud83d!"), [{ ...fault, actual: 2 }])
    assert.deepEqual(checkText("\ude00"), [{ ...fault, actual: 0 }])
  })

  test("wherever it is, recipients and unknown fields included", () => {
    const faults = checkMessage({ ...smallest.text, touser: "a\0", odd: [{ deep: ["\ud800"] }] })
    assert.deepEqual(faults.map(pathAndRule), ["odd unknown_field", "touser nul", "odd[0].deep[0] lone_surrogate"])
  })
})

suite("what goes out can be written as JSON", () => {
  test("a cycle, a big integer and nesting without end in an unknown field are errors, strict or not", () => {
    const cyclic: Record<string, unknown> = {}
    cyclic["again"] = [cyclic]
    let deep: unknown = 1
    for (let level = 0; level < 40; level++) deep = [deep]
    for (const [odd, path] of [
      [cyclic, "odd.again[0]"],
      [12n, "odd"],
      [deep, `odd${"[0]".repeat(32)}`],
    ]) {
      const errors = checkMessage({ ...smallest.text, odd })
        .map(tolerate)
        .filter(({ severity }) => severity === "error")
      assert.deepEqual(errors.map(pathAndRule), [`${String(path)} not_json`])
    }
  })

  test("what is in two places does not", () => {
    const twice = { a: [1] }
    const faults = checkMessage({ ...smallest.text, odd: { one: twice, other: twice } })
    assert.deepEqual(faults.map(pathAndRule), ["odd unknown_field"])
  })
})

suite("faults come in the order of WeCom's tables", () => {
  test("so the first errcode is the one WeCom answers", () => {
    const message = { news: { articles: [{ url: "x" }] }, safe: 1, msgtype: "news" }
    assert.deepEqual(checkMessage(message).map(withErrcode), [
      "safe not_allowed 40074",
      "news.articles[0].title required 41016",
      "news.articles[0].url bad_format 45034",
    ])
  })

  test("and all of them at once", () => {
    const articles = [{}, { title: "x".repeat(129), url: "https://a" }, { title: "题", url: "https://a", picurl: "b" }]
    assert.deepEqual(checkMessage({ msgtype: "news", news: { articles }, safe: 2, foo: 1 }).map(pathAndRule), [
      "safe not_allowed",
      "news.articles[0].title required",
      "news.articles[0].url required",
      "news.articles[1].title too_long",
      "news.articles[2].picurl bad_format",
      "foo unknown_field",
    ])
  })
})

suite("a hostile body costs little", () => {
  test("faults past a thousand are not listed", () => {
    const odd = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`f${index}`, 1]))
    assert.equal(checkMessage({ ...smallest.text, ...odd }).length, 1000)
    const [last] = checkMessage({ ...odd, ...smallest.text, text: { content: "a\0" } }).slice(-1)
    assert.equal(last?.rule, "nul", "and do not hide what keeps a message back")
  })

  test("items past the limit of a list are not looked at", () => {
    const articles = Array.from({ length: 100_000 }, () => ({}))
    assert.equal(checkMessage({ msgtype: "news", news: { articles } }).length, 1 + 8 * 2)
  })

  test("depth and cycles end", () => {
    let deep: unknown = "\0"
    for (let level = 0; level < 100_000; level++) deep = level % 2 === 0 ? [deep] : { a: deep }
    const cyclic: Record<string, unknown> = { ...smallest.text }
    for (const name of ["a", "b", "c", "text"]) cyclic[name] = cyclic
    const [unknown, tooDeep, ...more] = checkMessage({ ...smallest.text, deep })
    assert.deepEqual([unknown?.path, unknown?.rule, tooDeep?.rule, more], ["deep", "unknown_field", "not_json", []])
    assert.deepEqual(
      checkMessage(cyclic)
        .map(pathAndRule)
        .filter((line) => line.startsWith("text.content")),
      ["text.content required"],
    )
  })
})

test("the types refuse what WeCom does", () => {
  const url = "https://a.example"
  // @ts-expect-error markdown has no `safe`
  const markdown: AppMessage = { msgtype: "markdown", markdown: { content: "a" }, safe: 1 }
  // @ts-expect-error a payload of another type
  const mixed: AppMessage = { msgtype: "text", markdown: { content: "a" } }
  // @ts-expect-error half a pair
  const half: AppMessage = { msgtype: "news", news: { articles: [{ title: "a", appid: "b" }] } }
  const both: AppMessage = { msgtype: "news", news: { articles: [{ title: "a", url }] } }
  for (const message of [markdown, mixed, half]) assert.notDeepEqual(checkMessage(message), [])
  assert.deepEqual(checkMessage(both), [])
})

function checkText(content: string): Fault[] {
  return checkMessage({ msgtype: "text", text: { content } })
}

function textOfSize(path: string, size: number, unit: "bytes" | "characters"): string {
  if (unit === "characters") return "字".repeat(size)
  return path.endsWith("url") ? `https://${"x".repeat(size - 8)}` : "x".repeat(size)
}

function pathAndRule(fault: Fault): string {
  return `${fault.path} ${fault.rule}`
}

function withErrcode(fault: Fault): string {
  return `${fault.path} ${fault.rule} ${fault.errcode}`
}

function noticeTitled(title: string): Fault[] {
  return checkMessage(withValue(fullest.miniprogram_notice, "miniprogram_notice.title", title))
}

function checkArticle(fields: object): Fault[] {
  return checkMessage({ msgtype: "news", news: { articles: [{ title: "题", ...fields }] } })
}

function checkNoticeItem(fields: object): Fault[] {
  return checkMessage(withValue(smallest.miniprogram_notice, "miniprogram_notice.content_item", [fields]))
}
