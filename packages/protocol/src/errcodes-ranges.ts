import type { Bilingual } from "./language.ts"

interface SubjectRange {
  readonly from: number
  readonly to: number
  readonly subject: Bilingual
}

const range = (from: number, to: number, en: string, zh: string): SubjectRange => ({ from, to, subject: { en, zh } })

/**
 * The product of a code, for codes without an entry of their own. The first range that contains the number is used, so
 * narrow ranges come before the wide ones around them.
 */
const SUBJECT_RANGES: readonly SubjectRange[] = [
  range(40016, 40028, "the app's menu", "应用菜单"),
  range(40054, 40055, "the app's menu", "应用菜单"),
  range(41102, 41102, "the app's menu", "应用菜单"),
  range(40029, 40029, "web sign-in (OAuth)", "网页授权登录（OAuth）"),
  range(42003, 42003, "web sign-in (OAuth)", "网页授权登录（OAuth）"),
  range(84014, 84015, "web sign-in (OAuth)", "网页授权登录（OAuth）"),
  range(40093, 40093, "JS-SDK tickets", "JS-SDK 票据"),
  range(42012, 42012, "JS-SDK tickets", "JS-SDK 票据"),
  range(91040, 91040, "JS-SDK tickets", "JS-SDK 票据"),
  range(40082, 40085, "third-party suite credentials", "第三方应用套件凭证"),
  range(41021, 41025, "third-party suite credentials", "第三方应用套件凭证"),
  range(42009, 42009, "third-party suite credentials", "第三方应用套件凭证"),
  range(48003, 48003, "third-party suite credentials", "第三方应用套件凭证"),
  range(50001, 50001, "trusted domains of web pages", "网页可信域名"),
  range(80001, 80001, "trusted domains of web pages", "网页可信域名"),
  range(85005, 85005, "trusted domains of web pages", "网页可信域名"),
  range(45004, 45004, "the app's settings", "应用设置"),
  range(45022, 45022, "the app's settings", "应用设置"),
  range(46003, 46003, "the app's menu", "应用菜单"),
  range(48011, 48011, "customer data", "客户数据"),
  range(301042, 301042, "the chat archive", "会话内容存档"),
  range(301023, 301023, "attendance", "打卡"),
  range(41070, 41070, "sensitive-word rules of chats", "聊天敏感词规则"),
  range(41035, 41099, "customer contact", "客户联系"),
  range(41110, 41305, "customer contact", "客户联系"),
  range(84061, 84061, "customer contact", "客户联系"),
  range(95000, 95033, "customer service", "微信客服"),
  range(60001, 60010, "editing contacts", "通讯录管理"),
  range(60102, 60152, "editing contacts", "通讯录管理"),
  range(81000, 81099, "editing contacts", "通讯录管理"),
  range(302003, 302008, "importing contacts", "通讯录导入"),
  range(60203, 60208, "template messages of third-party apps", "第三方应用的模板消息"),
  range(65000, 65024, "home-school communication", "家校沟通"),
  range(71044, 71078, "hardware devices", "智慧硬件"),
  range(600001, 600063, "hardware devices", "智慧硬件"),
  range(710400, 710403, "hardware devices", "智慧硬件"),
  range(2000003, 2000010, "hardware devices", "智慧硬件"),
  range(72023, 72037, "electronic invoices", "电子发票"),
  range(84019, 84195, "orders, payment and licences", "订单、支付与许可"),
  range(90300, 90433, "orders, payment and licences", "订单、支付与许可"),
  range(660001, 660014, "orders, payment and licences", "订单、支付与许可"),
  range(701001, 701170, "interface licences", "接口许可"),
  range(90456, 90498, "calendars and meetings", "日程与会议"),
  range(90700, 90715, "calendars and meetings", "日程与会议"),
  range(400020, 400313, "calendars and meetings", "日程与会议"),
  range(301025, 301025, "approvals", "审批"),
  range(301055, 301055, "approvals", "审批"),
  range(301012, 301014, "contacts, attendance, approvals or the chat archive", "通讯录、打卡、审批或会话内容存档"),
  range(301022, 301116, "contacts, attendance, approvals or the chat archive", "通讯录、打卡、审批或会话内容存档"),
  range(640001, 640101, "the micro-disk and smart sheets", "微盘与智能表格"),
  range(670001, 670035, "upstream and downstream corps", "上下游企业"),
  range(680000, 680153, "mail", "企业邮箱"),
  range(710600, 710803, "archive analysis and models", "会话分析与专区模型"),
  range(790010, 790041, "archive analysis and models", "会话分析与专区模型"),
  range(800000, 800003, "archive analysis and models", "会话分析与专区模型"),
  range(830001, 830003, "media uploaded by URL", "URL 异步上传素材"),
]

/** @see https://developer.work.weixin.qq.com/document/path/90313 */
export const subjectOf = (errcode: number): Bilingual | undefined =>
  SUBJECT_RANGES.find(({ from, to }) => from <= errcode && errcode <= to)?.subject
