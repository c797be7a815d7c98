import type { Say } from "./example.ts"
import { ROCKET } from "./pictures.ts"

export const deployment = (say: Say) => ({
  card_type: "button_interaction",
  task_id: "deploy-4711",
  source: { icon_url: ROCKET, desc: say("发布平台", "Releases"), desc_color: 1 },
  main_title: { title: say("是否发布 4711？", "Deploy 4711?"), desc: say("api 到生产环境", "api to production") },
  sub_title_text: say("12 个提交，检查全部通过", "12 commits, all checks passed"),
  horizontal_content_list: [
    { type: 3, keyname: say("申请人", "Asked by"), value: say("王五", "Wang Wu"), userid: "wangwu" },
  ],
  button_selection: {
    question_key: "region",
    title: say("发布区域", "Region"),
    option_list: [
      { id: "cn", text: say("中国", "China") },
      { id: "eu", text: say("欧洲", "Europe") },
    ],
    selected_id: "cn",
  },
  button_list: [
    { text: say("拒绝", "Reject"), style: 2, key: "reject" },
    { text: say("同意", "Approve"), style: 1, key: "approve" },
  ],
})

export const lunch = (say: Say, mode: 0 | 1) => ({
  card_type: "vote_interaction",
  task_id: `lunch-${mode}`,
  source: { desc: say("行政部", "Office") },
  main_title: {
    title: say("周五聚餐吃什么？", "Lunch on Friday?"),
    desc: mode === 1 ? say("可多选", "Choose as many as you like") : say("单选", "Choose one"),
  },
  checkbox: {
    question_key: "where",
    mode,
    option_list: [
      { id: "noodles", text: say("兰州拉面", "Lanzhou noodles"), is_checked: true },
      { id: "hotpot", text: say("重庆火锅", "Hotpot"), is_checked: false },
      { id: "canteen", text: say("食堂小炒", "The canteen"), is_checked: false },
    ],
  },
  submit_button: { text: say("投票", "Vote"), key: "vote" },
})

export const onCall = (say: Say) => ({
  card_type: "multiple_interaction",
  task_id: "oncall-07",
  source: { desc: say("运维组", "Operations") },
  main_title: { title: say("值班意向", "On-call preferences"), desc: say("周四前提交", "Hand in by Thursday") },
  select_list: [
    {
      question_key: "day",
      title: say("日期", "Day"),
      selected_id: "tue",
      option_list: [
        { id: "mon", text: say("周一", "Monday") },
        { id: "tue", text: say("周二", "Tuesday") },
      ],
    },
    {
      question_key: "shift",
      title: say("班次", "Shift"),
      option_list: [
        { id: "day", text: say("白班", "Day") },
        { id: "night", text: say("夜班", "Night") },
      ],
    },
  ],
  submit_button: { text: say("提交", "Save"), key: "save" },
})
