import assert from "node:assert/strict"
import { test } from "node:test"
import {
  checkEmail,
  checkMobile,
  checkUserid,
  isUserid,
  maskEmail,
  maskMobile,
  sameUserid,
  useridKey,
} from "./address.ts"

for (const userid of ["zhangsan", "WangWu", "007", "a", "x.y-z_1@corp", "u".repeat(64)]) {
  test(`${userid} is a userid`, () => {
    assert.equal(checkUserid(userid), undefined)
    assert.ok(isUserid(userid))
  })
}

for (const [userid, fault] of [
  ["", "empty"],
  ["@all", "everybody"],
  ["@ALL", "everybody"],
  [" @all ", "everybody"],
  ["a|b", "contains_bar"],
  ["@all|a", "contains_bar"],
  ["u".repeat(65), "too_long"],
  ["张三", "bad_character"],
  ["a b", "bad_character"],
  ["a\n", "bad_character"],
  ["a,b", "bad_character"],
] as const) {
  test(`${JSON.stringify(userid)} is no userid: ${fault}`, () => {
    assert.equal(checkUserid(userid), fault)
    assert.ok(!isUserid(userid))
  })
}

test("userids that differ in case alone are one member", () => {
  assert.ok(sameUserid("WangWu", "wangwu"))
  assert.ok(!sameUserid("wangwu", "wangwu2"))
  assert.equal(useridKey("WangWu"), "wangwu")
})

for (const mobile of ["13800000001", "+86-13800000001", "12345", "1".repeat(32)]) {
  test(`${mobile} has the form of a mobile number`, () => assert.equal(checkMobile(mobile), undefined))
}

for (const [mobile, fault] of [
  ["", "empty"],
  ["1234", "too_short"],
  ["1".repeat(33), "too_long"],
  ["138 0000 0001", "bad_character"],
  ["１３８００００００００１", "bad_character"],
  ["+----", "bad_character"],
  ["13800000001\n", "bad_character"],
] as const) {
  test(`${JSON.stringify(mobile)} is no mobile number to WeCom: ${fault}`, () =>
    assert.equal(checkMobile(mobile), fault))
}

for (const email of ["a@example.com", "first.last+tag@mail.corp.example", "张三@example.com"]) {
  test(`${email} has the form of an email address`, () => assert.equal(checkEmail(email), undefined))
}

for (const [email, fault] of [
  ["", "empty"],
  ["a", "not_an_address"],
  ["@example.com", "not_an_address"],
  ["a@", "not_an_address"],
  ["a@b@example.com", "not_an_address"],
  ["a b@example.com", "not_an_address"],
  ["a@example.com,b@example.com", "not_an_address"],
  [`${"a".repeat(60)}@b.cn`, "too_long"],
  [`${"字".repeat(20)}@b.cn`, "too_long"],
] as const) {
  test(`${JSON.stringify(email)} is no email address to WeCom: ${fault}`, () => assert.equal(checkEmail(email), fault))
}

test("masked addresses can be recognised by their owner only", () => {
  assert.equal(maskMobile("13800000001"), "138****0001")
  assert.equal(maskMobile("+8613800000001"), "+86138****0001")
  assert.equal(maskMobile("12345"), "***45")
  assert.equal(maskMobile("12345678"), "******78")
  assert.equal(maskMobile(""), "")
  assert.equal(maskEmail("zhangsan@example.com"), "z****@example.com")
  assert.equal(maskEmail("张三@example.com"), "张****@example.com")
  assert.equal(maskEmail("not an address"), "****")
})
