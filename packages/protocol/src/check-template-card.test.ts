import assert from "node:assert/strict"
import test, { suite } from "node:test"
import { checkMessage } from "./check-message.ts"
import type { Fault } from "./fault.ts"
import { CARD_TYPES } from "./template-card.ts"
import type { CardType, TemplateCard } from "./template-card.ts"
import { fullestCards, smallestCards } from "./testing/example-cards.ts"
import { withValue } from "./testing/with-value.ts"

suite("a card as WeCom documents it has no fault", () => {
  for (const type of CARD_TYPES) {
    test(`${type}, as small as it can be`, () => assert.deepEqual(checkCard(smallestCards[type]), []))
    test(`${type}, with every part`, () => assert.deepEqual(checkCard(fullestCards[type]), []))
  }
})

test("a card_type WeCom does not know is 42031, and nothing else is judged", () => {
  const fault = { path: "template_card.card_type", severity: "error", errcode: 42031 }
  assert.deepEqual(checkCard({ jump_list: 1 }), [{ ...fault, rule: "required" }])
  assert.deepEqual(checkCard({ card_type: "vote", odd: 1 }), [{ ...fault, rule: "not_allowed", allowed: CARD_TYPES }])
})

suite("which card has which part", () => {
  const nowhereElse = {
    text_notice: [
      "vertical_content_list",
      "card_image",
      "image_text_area",
      "button_selection",
      "button_list",
      "checkbox",
    ],
    news_notice: ["emphasis_content", "sub_title_text", "button_selection", "button_list", "select_list"],
    button_interaction: ["emphasis_content", "vertical_content_list", "card_image", "jump_list", "submit_button"],
    vote_interaction: ["action_menu", "quote_area", "sub_title_text", "jump_list", "card_action", "select_list"],
    multiple_interaction: ["action_menu", "horizontal_content_list", "card_action", "button_list", "checkbox"],
  } as const satisfies Record<CardType, readonly string[]>

  for (const type of CARD_TYPES) {
    test(`${type} has no ${nowhereElse[type].join(", ")}`, () => {
      for (const part of nowhereElse[type]) {
        const fault = { rule: "conflict", severity: "warning", because: `card_type = ${type}` }
        assert.deepEqual(checkCard({ ...smallestCards[type], [part]: {} }), [
          { path: `template_card.${part}`, ...fault },
        ])
      }
    })
  }

  for (const type of ["vote_interaction", "multiple_interaction"] as const) {
    test(`the source of ${type} has no desc_color`, () => {
      const fault = { rule: "conflict", severity: "warning", because: `card_type = ${type}` }
      assert.deepEqual(checkCard(withValue(fullestCards[type], "source.desc_color", 1)), [
        { path: "template_card.source.desc_color", ...fault },
      ])
    })
  }

  test("replace_text and disable belong to updates", () => {
    const disabled = withValue(fullestCards.vote_interaction, "checkbox.disable", true)
    assert.deepEqual(checkCard(disabled).map(lineOf), ["checkbox.disable unknown_field"])
    assert.deepEqual(checkCard({ ...smallestCards.button_interaction, replace_text: "完" }).map(lineOf), [
      "replace_text unknown_field",
    ])
  })
})

suite("a part that is required is missed, with WeCom's errcode", () => {
  type Row = readonly [type: CardType, path: string, errcode: number]
  const rows: readonly Row[] = [
    ["text_notice", "action_menu.action_list", 40058],
    ["text_notice", "action_menu.action_list[0].text", 40058],
    ["text_notice", "action_menu.action_list[0].key", 40058],
    ["text_notice", "task_id", 42014],
    ["text_notice", "quote_area.url", 42028],
    ["text_notice", "horizontal_content_list[0].keyname", 42027],
    ["text_notice", "horizontal_content_list[1].url", 42028],
    ["text_notice", "horizontal_content_list[2].media_id", 42029],
    ["text_notice", "horizontal_content_list[3].userid", 42050],
    ["text_notice", "jump_list[0].title", 42033],
    ["text_notice", "jump_list[0].url", 42028],
    ["text_notice", "jump_list[1].appid", 42030],
    ["text_notice", "card_action", 42045],
    ["text_notice", "card_action.type", 42045],
    ["text_notice", "card_action.appid", 42030],
    ["news_notice", "task_id", 42014],
    ["news_notice", "main_title", 40058],
    ["news_notice", "main_title.title", 40058],
    ["news_notice", "quote_area.appid", 42030],
    ["news_notice", "vertical_content_list[0].title", 42033],
    ["news_notice", "card_image.url", 42044],
    ["news_notice", "image_text_area.image_url", 40058],
    ["news_notice", "image_text_area.url", 42028],
    ["news_notice", "card_action", 42045],
    ["news_notice", "card_action.url", 42028],
    ["button_interaction", "task_id", 42014],
    ["button_interaction", "main_title.title", 40058],
    ["button_interaction", "button_selection.question_key", 42043],
    ["button_interaction", "button_selection.option_list", 42037],
    ["button_interaction", "button_selection.option_list[0].id", 42040],
    ["button_interaction", "button_selection.option_list[0].text", 42041],
    ["button_interaction", "button_list", 40058],
    ["button_interaction", "button_list[0].text", 42038],
    ["button_interaction", "button_list[0].key", 42039],
    ["button_interaction", "button_list[1].key", 42039],
    ["button_interaction", "button_list[2].url", 42028],
    ["vote_interaction", "task_id", 42014],
    ["vote_interaction", "main_title", 40058],
    ["vote_interaction", "checkbox", 40058],
    ["vote_interaction", "checkbox.question_key", 42043],
    ["vote_interaction", "checkbox.option_list", 40058],
    ["vote_interaction", "checkbox.option_list[0].id", 42040],
    ["vote_interaction", "checkbox.option_list[0].text", 42041],
    ["vote_interaction", "checkbox.option_list[0].is_checked", 40058],
    ["vote_interaction", "submit_button", 42046],
    ["vote_interaction", "submit_button.key", 42046],
    ["multiple_interaction", "task_id", 42014],
    ["multiple_interaction", "main_title", 40058],
    ["multiple_interaction", "main_title.title", 40058],
    ["multiple_interaction", "select_list", 42047],
    ["multiple_interaction", "select_list[0].question_key", 42043],
    ["multiple_interaction", "select_list[0].option_list", 42037],
    ["multiple_interaction", "select_list[0].option_list[0].id", 42040],
    ["multiple_interaction", "select_list[0].option_list[0].text", 42041],
    ["multiple_interaction", "submit_button", 42046],
    ["multiple_interaction", "submit_button.key", 42046],
  ]
  for (const [type, path, errcode] of rows) {
    test(`${type}: ${path} is ${errcode}`, () => {
      const at = `template_card.${path}`
      const faultsAt = (value: unknown) =>
        checkCard(withValue(fullestCards[type], path, value)).filter((fault) => fault.path === at)
      assert.deepEqual(faultsAt(undefined).map(ruleAndErrcode), [`required ${errcode}`])
      assert.deepEqual(faultsAt(null).map(ruleAndErrcode), [`wrong_type ${errcode}`])
    })
  }
})

test("the type that makes a part required is named", () => {
  assert.equal(becauseMissing(fullestCards.button_interaction, "button_list[0].key"), "type = 0")
  assert.equal(becauseMissing(fullestCards.button_interaction, "button_list[2].url"), "type = 1")
  assert.equal(becauseMissing(fullestCards.news_notice, "quote_area.appid"), "type = 2")
  assert.equal(becauseMissing(fullestCards.text_notice, "horizontal_content_list[3].userid"), "type = 3")
})

suite("task_id", () => {
  test("goes with an action_menu", () => {
    const { task_id: _, ...card } = fullestCards.text_notice
    const fault = { path: "template_card.task_id", rule: "required", severity: "error", errcode: 42014 }
    assert.deepEqual(checkCard(card), [{ ...fault, because: "action_menu" }])
  })

  test("is needed by a button card whether it has a menu or not", () => {
    assert.deepEqual(checkTaskId(undefined).map(lineOf), ["task_id required 42014"])
  })

  test("is 1 to 128 letters, digits, _, -, @", () => {
    assert.deepEqual(checkTaskId("aZ09_-@".repeat(18) + "ab"), [])
    const size = { unit: "bytes", limit: 128, actual: 129 }
    const fault = { path: "template_card.task_id", severity: "error", errcode: 42014 }
    assert.deepEqual(checkTaskId("x".repeat(129)), [{ ...fault, rule: "too_long", ...size }])
    for (const wrong of ["a b", "作业", "a.b", "a\n", "a|b"])
      assert.deepEqual(checkTaskId(wrong), [{ ...fault, rule: "bad_format", because: "[A-Za-z0-9_@-]+" }], wrong)
  })

  test("is checked on a notice that needs none", () => {
    assert.deepEqual(checkCard({ ...smallestCards.text_notice, task_id: "a b" }).map(lineOf), [
      "task_id bad_format 42014",
    ])
  })
})

suite("a text over what WeCom enforces is an error, over what it suggests a warning", () => {
  type Row = readonly [type: CardType, path: string, limit: number, errcode: number]
  const enforcedBytes: readonly Row[] = [
    ["text_notice", "action_menu.action_list[0].key", 1024, 40058],
    ["button_interaction", "button_selection.question_key", 1024, 42043],
    ["button_interaction", "button_selection.option_list[0].id", 128, 42040],
    ["button_interaction", "button_list[0].key", 1024, 42039],
    ["vote_interaction", "checkbox.question_key", 1024, 42043],
    ["vote_interaction", "checkbox.option_list[0].id", 128, 42040],
    ["vote_interaction", "submit_button.key", 1024, 42046],
    ["multiple_interaction", "select_list[0].question_key", 1024, 42043],
    ["multiple_interaction", "select_list[0].option_list[0].id", 128, 42040],
    ["multiple_interaction", "submit_button.key", 1024, 42046],
  ]
  for (const [type, path, limit, errcode] of enforcedBytes) {
    test(`${type}: ${path} at most ${limit} bytes`, () => {
      const ofSize = (size: number) => checkCard(withValue(fullestCards[type], path, "x".repeat(size)))
      const size = { unit: "bytes", limit, actual: limit + 1 }
      assert.deepEqual(ofSize(limit), [])
      assert.deepEqual(ofSize(limit + 1), [
        { path: `template_card.${path}`, rule: "too_long", severity: "error", ...size, errcode },
      ])
    })
  }

  const suggestedCharacters: readonly (readonly [type: CardType, path: string, limit: number])[] = [
    ["text_notice", "source.desc", 20],
    ["text_notice", "main_title.title", 36],
    ["text_notice", "main_title.desc", 44],
    ["text_notice", "emphasis_content.title", 14],
    ["text_notice", "emphasis_content.desc", 22],
    ["text_notice", "sub_title_text", 160],
    ["text_notice", "horizontal_content_list[0].keyname", 5],
    ["text_notice", "horizontal_content_list[0].value", 30],
    ["text_notice", "jump_list[0].title", 18],
    ["news_notice", "main_title.title", 36],
    ["news_notice", "main_title.desc", 44],
    ["news_notice", "vertical_content_list[0].title", 38],
    ["news_notice", "vertical_content_list[0].desc", 160],
    ["button_interaction", "main_title.title", 36],
    ["button_interaction", "main_title.desc", 44],
    ["button_interaction", "sub_title_text", 160],
    ["button_interaction", "button_selection.option_list[0].text", 16],
    ["button_interaction", "button_list[0].text", 10],
    ["vote_interaction", "source.desc", 20],
    ["vote_interaction", "main_title.title", 16],
    ["vote_interaction", "main_title.desc", 160],
    ["vote_interaction", "checkbox.option_list[0].text", 17],
    ["vote_interaction", "submit_button.text", 10],
    ["multiple_interaction", "main_title.title", 36],
    ["multiple_interaction", "main_title.desc", 160],
    ["multiple_interaction", "select_list[0].option_list[0].text", 16],
    ["multiple_interaction", "submit_button.text", 10],
  ]
  for (const [type, path, limit] of suggestedCharacters) {
    test(`${type}: ${path} preferably at most ${limit} characters`, () => {
      const ofSize = (size: number) => checkCard(withValue(fullestCards[type], path, "字".repeat(size)))
      const size = { unit: "characters", limit, actual: limit + 1 }
      assert.deepEqual(ofSize(limit), [])
      assert.deepEqual(ofSize(limit + 1), [
        { path: `template_card.${path}`, rule: "too_long", severity: "warning", ...size },
      ])
    })
  }
})

suite("a list has as many items as it may and not one more or less", () => {
  type Row = readonly [type: CardType, path: string, min: number, max: number, errcode: number, unique?: string]
  const rows: readonly Row[] = [
    ["text_notice", "action_menu.action_list", 1, 3, 40058, "key"],
    ["text_notice", "horizontal_content_list", 0, 6, 42035],
    ["news_notice", "vertical_content_list", 0, 4, 42036],
    ["text_notice", "jump_list", 0, 3, 42042],
    ["button_interaction", "button_selection.option_list", 1, 10, 42037, "id"],
    ["button_interaction", "button_list", 1, 6, 40058, "key"],
    ["vote_interaction", "checkbox.option_list", 1, 20, 42037, "id"],
    ["multiple_interaction", "select_list", 1, 3, 42047, "question_key"],
    ["multiple_interaction", "select_list[0].option_list", 1, 10, 42037, "id"],
  ]
  const item = { text: "甲", key: "k", keyname: "主机", title: "标题", id: "i", is_checked: false, question_key: "q" }
  const fieldsOf: Readonly<Record<string, readonly (keyof typeof item)[]>> = {
    "action_menu.action_list": ["text", "key"],
    horizontal_content_list: ["keyname"],
    vertical_content_list: ["title"],
    jump_list: ["title"],
    "button_selection.option_list": ["id", "text"],
    button_list: ["text", "key"],
    "checkbox.option_list": ["id", "text", "is_checked"],
    "select_list[0].option_list": ["id", "text"],
  }

  for (const [type, path, min, max, errcode, unique] of rows) {
    // proves 28.options: options of a vote
    test(`${type}: ${path} ${min} to ${max}, else ${errcode}`, () => {
      const itemAt = (index: number): unknown => ({
        ...Object.fromEntries((fieldsOf[path] ?? []).map((name) => [name, item[name]])),
        ...(path === "select_list" && smallestCards.multiple_interaction.select_list[0]),
        ...(unique !== undefined && { [unique]: `u${index}` }),
      })
      const card = withValue(withoutSelection(type), path, undefined)
      const ofCount = (count: number) =>
        checkCard(
          withValue(
            card,
            path,
            Array.from({ length: count }, (_, index) => itemAt(index)),
          ),
        )
      const size = { path: `template_card.${path}`, severity: "error", unit: "items", errcode }
      assert.deepEqual(ofCount(max), [])
      assert.deepEqual(ofCount(max + 1), [{ ...size, rule: "too_many", limit: max, actual: max + 1 }])
      assert.deepEqual(ofCount(min), [])
      if (min > 0) assert.deepEqual(ofCount(min - 1), [{ ...size, rule: "too_few", limit: min, actual: min - 1 }])
    })
  }
})

suite("what has to be unique", () => {
  type Row = readonly [type: CardType, list: string, name: string, item: object, errcode: number]
  const rows: readonly Row[] = [
    ["text_notice", "action_menu.action_list", "key", { text: "甲" }, 42051],
    ["button_interaction", "button_selection.option_list", "id", { text: "甲" }, 42040],
    ["button_interaction", "button_list", "key", { text: "甲" }, 42039],
    ["vote_interaction", "checkbox.option_list", "id", { text: "甲", is_checked: false }, 42040],
    ["multiple_interaction", "select_list[0].option_list", "id", { text: "甲" }, 42040],
    ["multiple_interaction", "select_list", "question_key", { option_list: [{ id: "a", text: "甲" }] }, 42043],
  ]
  for (const [type, list, name, item, errcode] of rows) {
    test(`${type}: ${list}[].${name}, else ${errcode}`, () => {
      const items = ["a", "b", "a"].map((value) => ({ ...item, [name]: value }))
      assert.deepEqual(checkCard(withValue(withoutSelection(type), list, items)), [
        {
          path: `template_card.${list}[2].${name}`,
          rule: "not_unique",
          severity: "error",
          because: `template_card.${list}[0].${name}`,
          errcode,
        },
      ])
    })
  }

  test("keys of buttons that open a url are not used and may repeat", () => {
    const button = { type: 1, text: "看", key: "same", url: "https://a.example" }
    assert.deepEqual(checkCard({ ...smallestCards.button_interaction, button_list: [button, button] }), [])
  })
})

suite("a number takes the values WeCom documents", () => {
  type Row = readonly [type: CardType, path: string, allowed: readonly number[], wrong: number, errcode?: number]
  const rows: readonly Row[] = [
    ["text_notice", "source.desc_color", [0, 1, 2, 3], 4],
    ["text_notice", "quote_area.type", [0, 1, 2], 3, 40058],
    ["text_notice", "horizontal_content_list[0].type", [0, 1, 2, 3], 4, 40058],
    ["text_notice", "jump_list[0].type", [0, 1, 2], 3, 40058],
    ["text_notice", "card_action.type", [1, 2], 0, 42045],
    ["news_notice", "card_action.type", [1, 2], 3, 42045],
    ["news_notice", "image_text_area.type", [0, 1, 2], -1, 40058],
    ["button_interaction", "card_action.type", [0, 1, 2], 3, 42045],
    ["button_interaction", "button_list[0].type", [0, 1], 2, 40058],
    ["vote_interaction", "checkbox.mode", [0, 1], 2, 40058],
  ]
  for (const [type, path, allowed, wrong, errcode] of rows) {
    test(`${type}: ${path} ${allowed.join("/")}`, () => {
      const at = `template_card.${path}`
      const faultsAt = (value: unknown) =>
        checkCard(withValue(fullestCards[type], path, value)).filter((fault) => fault.path === at)
      for (const value of allowed) assert.deepEqual(faultsAt(value), [])
      const fault = { path: at, rule: "not_allowed", severity: "error", allowed }
      assert.deepEqual(faultsAt(wrong), [errcode === undefined ? fault : { ...fault, errcode }])
      assert.deepEqual(
        faultsAt("1").map((each) => each.rule),
        ["wrong_type"],
      )
    })
  }

  test("button_interaction: button_list[0].style 1/2/3/4, else a warning: WeCom takes 1 for what is absent or wrong", () => {
    const path = "template_card.button_list[0].style"
    for (const style of [1, 2, 3, 4]) assert.deepEqual(checkStyle(style), [])
    for (const style of [0, 5, -1])
      assert.deepEqual(checkStyle(style), [{ path, rule: "not_allowed", severity: "warning", allowed: [1, 2, 3, 4] }])
    assert.deepEqual(
      checkStyle("1").map(({ rule, severity }) => `${rule} ${severity}`),
      ["wrong_type warning"],
    )
  })

  test("aspect_ratio lies between 1.3 and 2.25", () => {
    for (const right of [1.3, 2, 2.25]) assert.deepEqual(checkAspectRatio(right), [])
    const fault = { path: "template_card.card_image.aspect_ratio", rule: "not_allowed", severity: "error" }
    const range = { because: "1.3–2.25", errcode: 40058 }
    assert.deepEqual(checkAspectRatio(1.29), [{ ...fault, ...range, limit: 1.3, actual: 1.29 }])
    assert.deepEqual(checkAspectRatio(2.26), [{ ...fault, ...range, limit: 2.25, actual: 2.26 }])
    assert.deepEqual(checkAspectRatio("1.3").map(lineOf), ["card_image.aspect_ratio wrong_type"])
  })
})

suite("a web address has http:// or https://", () => {
  type Row = readonly [type: CardType, path: string, errcode?: number]
  const rows: readonly Row[] = [
    ["text_notice", "source.icon_url"],
    ["text_notice", "quote_area.url", 45034],
    ["text_notice", "horizontal_content_list[1].url", 45034],
    ["text_notice", "jump_list[0].url", 45034],
    ["news_notice", "card_image.url", 42044],
    ["news_notice", "image_text_area.url", 45034],
    ["news_notice", "image_text_area.image_url", 40058],
    ["news_notice", "card_action.url", 42045],
    ["button_interaction", "button_list[2].url", 45034],
  ]
  for (const [type, path, errcode] of rows) {
    test(`${type}: ${path}, else ${errcode ?? "nothing is shown"}`, () => {
      const faults = checkCard(withValue(fullestCards[type], path, "example.com/a"))
      assert.deepEqual(faults.map(lineOf), [
        errcode === undefined ? `${path} bad_format` : `${path} bad_format ${errcode}`,
      ])
    })
  }

  test("button_interaction: card_action.url, else 42045", () => {
    const card = { ...smallestCards.button_interaction, card_action: { type: 1, url: "example.com" } }
    assert.deepEqual(checkCard(card).map(lineOf), ["card_action.url bad_format 42045"])
  })

  test("unless the type of the link makes WeCom pass over it", () => {
    const card = {
      ...smallestCards.text_notice,
      quote_area: { type: 0, url: "later" },
      jump_list: [{ title: "看", url: "x" }],
    }
    assert.deepEqual(checkCard(card), [])
  })
})

suite("one of two parts has to be there", () => {
  test("main_title.title or sub_title_text on a text notice, else 40058", () => {
    const { main_title: _, ...card } = smallestCards.text_notice
    const allowed = ["main_title.title", "sub_title_text"]
    const fault = { rule: "required", severity: "error", allowed, errcode: 40058 }
    assert.deepEqual(checkCard(card), [{ path: "template_card.main_title", ...fault }])
    assert.deepEqual(checkCard({ ...card, main_title: { desc: "说明" } }), [
      { path: "template_card.main_title.title", ...fault },
    ])
    assert.deepEqual(checkCard({ ...card, sub_title_text: "磁盘已满" }), [])
    assert.deepEqual(checkCard({ ...card, sub_title_text: "磁盘已满", main_title: { desc: "说明" } }), [])
  })

  test("card_image or image_text_area on a news notice, else 42044", () => {
    const { card_image: _, ...card } = smallestCards.news_notice
    const allowed = ["card_image", "image_text_area"]
    assert.deepEqual(checkCard(card), [
      { path: "template_card.card_image", rule: "required", severity: "error", allowed, errcode: 42044 },
    ])
    assert.deepEqual(checkCard({ ...card, image_text_area: { image_url: "https://a.example/b.png" } }), [])
  })
})

test("selected_id is one of the options, else a warning: WeCom takes the first instead", () => {
  const faults = checkCard(withValue(fullestCards.button_interaction, "button_selection.selected_id", "us"))
  const path = "template_card.button_selection.selected_id"
  assert.deepEqual(faults, [{ path, rule: "not_allowed", severity: "warning", allowed: ["cn", "eu"] }])
  assert.deepEqual(checkCard(withValue(fullestCards.multiple_interaction, "select_list[0].selected_id", "")), [])
})

test("a submit_button without a text is a warning: WeCom marks it as required and names a default", () => {
  const fault = { path: "template_card.submit_button.text", rule: "required", severity: "warning", errcode: 42049 }
  for (const type of ["vote_interaction", "multiple_interaction"] as const) {
    for (const text of [undefined, null])
      assert.deepEqual(checkCard(withValue(fullestCards[type], "submit_button.text", text)), [fault])
    assert.deepEqual(checkCard(withValue(fullestCards[type], "submit_button.text", "")), [{ ...fault, rule: "empty" }])
  }
})

suite("what clients write for nothing is a warning", () => {
  test("null for a part that may be left out", () => {
    const parts = ["source", "action_menu", "quote_area", "emphasis_content", "horizontal_content_list", "jump_list"]
    for (const part of parts)
      assert.deepEqual(checkCard({ ...smallestCards.text_notice, [part]: null }), [emptyPart(part)])
  })

  // proves 11.B32: what WeCom is not known to refuse
  test("Go's zero value of a part, which asks for no task_id either", () => {
    const card = smallestCards.text_notice
    for (const menu of [{}, { desc: "", action_list: null }, { action_list: [] }])
      assert.deepEqual(checkCard({ ...card, action_menu: menu }), [emptyPart("action_menu")])
    const selection = { question_key: "", title: "", option_list: null, selected_id: "" }
    assert.deepEqual(checkCard({ ...smallestCards.button_interaction, button_selection: selection }), [
      emptyPart("button_selection"),
    ])
    const area = { type: 0, url: "", appid: "", pagepath: "", title: "", desc: "", image_url: "" }
    assert.deepEqual(checkCard({ ...smallestCards.news_notice, image_text_area: area }), [emptyPart("image_text_area")])
    assert.deepEqual(checkAspectRatio(0).map(ruleAndErrcode), ["not_allowed 40058"])
    assert.equal(checkAspectRatio(0)[0]?.severity, "warning")
  })

  test("and nothing at all where WeCom takes it as it is", () => {
    const empty = { source: {}, quote_area: { type: 0, url: "" }, emphasis_content: {}, jump_list: [] }
    assert.deepEqual(checkCard({ ...smallestCards.text_notice, ...empty }), [])
  })

  test("but not for what only looks empty, as a date does", () => {
    const [fault] = checkCard({ ...smallestCards.text_notice, action_menu: { action_list: new Date(0) } })
    assert.deepEqual([fault?.path, fault?.errcode], ["template_card.action_menu.action_list", 40058])
    assert.equal(checkCard({ ...smallestCards.text_notice, action_menu: new Date(0) })[0]?.severity, "error")
  })

  test("but what is required stays required", () => {
    for (const nothing of [null, {}, { type: 0, url: "" }])
      assert.equal(checkCard({ ...smallestCards.text_notice, card_action: nothing })[0]?.errcode, 42045)
    const { card_image: _, ...card } = smallestCards.news_notice
    assert.deepEqual(checkCard({ ...card, image_text_area: {} }).map(lineOf), [
      "card_image required 42044",
      "image_text_area empty",
    ])
  })

  test("a menu whose half is there is judged as any", () => {
    assert.deepEqual(checkCard({ ...smallestCards.text_notice, action_menu: { desc: "更多" } }).map(lineOf), [
      "action_menu.action_list required 40058",
      "task_id required 42014",
    ])
  })
})

test("selected_id is not judged by options that are faulty themselves", () => {
  const eleven = Array.from({ length: 11 }, (_, index) => ({ id: `o${index}`, text: "甲" }))
  assert.deepEqual(linesWithOptions([]), ["button_selection.option_list too_few 42037"])
  assert.deepEqual(linesWithOptions(eleven), ["button_selection.option_list too_many 42037"])
  assert.deepEqual(linesWithOptions([{ text: "甲" }]), ["button_selection.option_list[0].id required 42040"])
})

test("a hole in a list is an item without its value, which JSON would make null", () => {
  const ofJson = linesWithOptions([null, { id: "b", text: "乙" }])
  const withHole: unknown[] = []
  withHole[1] = { id: "b", text: "乙" }
  assert.deepEqual(ofJson, ["button_selection.option_list[0] wrong_type"])
  assert.deepEqual(linesWithOptions(withHole), ofJson)
})

test("the name of an attachment should have an extension", () => {
  const path = "template_card.horizontal_content_list[2].value"
  assert.deepEqual(checkAttachmentName("日志"), [
    { path, rule: "bad_format", severity: "warning", because: "name.ext" },
  ])
  assert.deepEqual(checkAttachmentName("日志.tar.gz"), [])
})

test("every fault of a card is reported, in the order of WeCom's tables", () => {
  const card = {
    card_type: "button_interaction",
    button_list: [{ text: "" }, { type: 1, text: "看", url: "x" }],
    horizontal_content_list: [{ keyname: "主机", type: 3 }, { value: "x" }],
    source: { desc: "x".repeat(21) },
    action_menu: { action_list: [] },
    checkbox: {},
    colour: 1,
  }
  assert.deepEqual(checkCard(card).map(lineOf), [
    "source.desc too_long",
    "action_menu empty",
    "task_id required 42014",
    "main_title required 40058",
    "horizontal_content_list[0].userid required 42050",
    "horizontal_content_list[1].keyname required 42027",
    "button_list[0].text empty 42038",
    "button_list[0].key required 42039",
    "button_list[1].url bad_format 45034",
    "checkbox conflict",
    "colour unknown_field",
  ])
})

test("the types refuse what WeCom does", () => {
  const { text_notice: notice, vote_interaction: vote } = smallestCards
  const menu = { action_list: [{ text: "退订", key: "off" }] }
  // @ts-expect-error a menu needs a task_id
  const menuWithoutTask: TemplateCard = { ...notice, action_menu: menu }
  // @ts-expect-error a url link needs a url
  const jumpToNowhere: TemplateCard = { ...notice, card_action: { type: 1 } }
  // @ts-expect-error a text notice needs a title or a sub_title_text
  const untitled: TemplateCard = { card_type: "text_notice", card_action: notice.card_action }
  // @ts-expect-error a vote has no desc_color
  const coloured: TemplateCard = { ...vote, source: { desc_color: 1 } }
  for (const card of [menuWithoutTask, jumpToNowhere, untitled, coloured]) assert.equal(checkCard(card).length, 1)
})

function checkCard(template_card: unknown): Fault[] {
  return checkMessage({ msgtype: "template_card", template_card })
}

/** The fullest card without a selected option, so that the options can be changed alone. */
function withoutSelection(type: CardType): unknown {
  if (type === "button_interaction") return withValue(fullestCards[type], "button_selection.selected_id", undefined)
  if (type === "multiple_interaction") return withValue(fullestCards[type], "select_list[0].selected_id", undefined)
  return fullestCards[type]
}

function lineOf({ path, rule, errcode }: Fault): string {
  return `${path.replace("template_card.", "")} ${rule}${errcode === undefined ? "" : ` ${errcode}`}`
}

function ruleAndErrcode({ rule, errcode }: Fault): string {
  return `${rule} ${errcode}`
}

function checkTaskId(task_id: unknown): Fault[] {
  return checkCard({ ...smallestCards.button_interaction, task_id })
}

function checkAspectRatio(ratio: unknown): Fault[] {
  return checkCard(withValue(smallestCards.news_notice, "card_image.aspect_ratio", ratio))
}

function checkAttachmentName(name: string): Fault[] {
  return checkCard(withValue(fullestCards.text_notice, "horizontal_content_list[2].value", name))
}

function becauseMissing(card: object, path: string): string | undefined {
  return checkCard(withValue(card, path, undefined))[0]?.because
}

function linesWithOptions(options: unknown): string[] {
  return checkCard(withValue(fullestCards.button_interaction, "button_selection.option_list", options)).map(lineOf)
}

function checkStyle(style: unknown): Fault[] {
  return checkCard(withValue(smallestCards.button_interaction, "button_list[0].style", style))
}

function emptyPart(path: string): Fault {
  return { path: `template_card.${path}`, rule: "empty", severity: "warning" }
}
