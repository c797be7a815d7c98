import assert from "node:assert/strict"
import { test } from "node:test"
import { render, wordsIn } from "../testing/render.ts"

const news = (...articles: object[]): string => render({ msgtype: "news", news: { articles } })

test("a single article is large, with title and description below its picture", () => {
  const markup = news({
    title: "菜单",
    description: "第二周",
    url: "https://a.example",
    picurl: "https://a.example/m.png",
  })
  assert.match(markup, /<a class="wb-article wb-article-large" href="https:\/\/a\.example"/)
  assert.match(markup, /<img class="wb-article-picture" src="https:\/\/a\.example\/m\.png"/)
  assert.equal(wordsIn(markup), "菜单 第二周")
})

test("of several articles the first is large, the others small and without description", () => {
  const article = { description: "说明", url: "https://a.example", picurl: "https://a.example/m.png" }
  const markup = news({ title: "一", ...article }, { title: "二", ...article }, { title: "三", ...article })
  assert.equal(wordsIn(markup), "一 二 三")
  assert.equal(markup.match(/wb-article-picture/g)?.length, 1)
  assert.equal(markup.match(/wb-article-thumb/g)?.length, 2)
})

test("an article of a mini-program leads nowhere here, and tells where it would", () => {
  const markup = news({ title: "报名", appid: "wx1", pagepath: "pages/a", url: "https://a.example" })
  assert.match(markup, /<span class="wb-article wb-article-large" title="小程序 wx1 pages\/a">/)
  assert.doesNotMatch(markup, /<a /)
})

test("an article kept by WeCom opens by a button, and nothing of its content is there before", () => {
  const article = { title: "差旅", digest: "新标准", thumb_media_id: "T", content: "<p>全文</p>" }
  const markup = render({ msgtype: "mpnews", mpnews: { articles: [article] } }, { mediaUrl: (id) => `/media/${id}` })
  assert.match(markup, /<button type="button" class="wb-article wb-article-large" aria-haspopup="dialog">/)
  assert.match(markup, /<img class="wb-article-picture" src="\/media\/T"/)
  assert.equal(wordsIn(markup), "差旅 新标准")
})

test("the address of a picture of news must be of the web: a path would lead into the page itself", () => {
  const markup = news({ title: "菜单", url: "https://a.example", picurl: "/_sim/org" })
  assert.doesNotMatch(markup, /<img/)
  assert.match(markup, /wb-picture-failed/)
})
