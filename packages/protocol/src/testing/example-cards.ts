import type { CardUpdateBody, TemplateCard } from "../template-card.ts"

/** One card of each type, as small as WeCom takes it. */
export const smallestCards = {
  text_notice: {
    card_type: "text_notice",
    main_title: { title: "磁盘告警" },
    card_action: { type: 1, url: "https://mon.example.com/a/3" },
  },
  news_notice: {
    card_type: "news_notice",
    main_title: { title: "每周摘要" },
    card_image: { url: "https://intra.example.com/w1.png" },
    card_action: { type: 1, url: "https://intra.example.com/w1" },
  },
  button_interaction: {
    card_type: "button_interaction",
    task_id: "deploy-4711",
    main_title: { title: "上线 4711？" },
    button_list: [{ text: "同意", key: "approve" }],
  },
  vote_interaction: {
    card_type: "vote_interaction",
    task_id: "lunch-06",
    main_title: { title: "周五午餐" },
    checkbox: { question_key: "where", option_list: [{ id: "a", text: "面条", is_checked: true }] },
    submit_button: { text: "投票", key: "vote" },
  },
  multiple_interaction: {
    card_type: "multiple_interaction",
    task_id: "oncall-07",
    main_title: { title: "值班意向" },
    select_list: [{ question_key: "day", option_list: [{ id: "mon", text: "周一" }] }],
    submit_button: { text: "保存", key: "save" },
  },
} as const satisfies { [Type in TemplateCard["card_type"]]: Extract<TemplateCard, { card_type: Type }> }

/** One card of each type with every part it can have. */
export const fullestCards = {
  text_notice: {
    card_type: "text_notice",
    source: { icon_url: "https://mon.example.com/72.png", desc: "监控", desc_color: 2 },
    action_menu: {
      desc: "更多",
      action_list: [
        { text: "静默一周", key: "mute7" },
        { text: "退订", key: "off" },
      ],
    },
    task_id: "disk_db-3@2026",
    main_title: { title: "db-3 磁盘 93%", desc: "自 10:42 起" },
    quote_area: { type: 1, url: "https://mon.example.com/q", title: "上次", quote_text: "十一月也满过" },
    emphasis_content: { title: "93%", desc: "已用" },
    sub_title_text: "清理后会自动恢复",
    horizontal_content_list: [
      { keyname: "主机", value: "db-3" },
      { type: 1, keyname: "图表", value: "打开", url: "https://mon.example.com/db-3" },
      { type: 2, keyname: "日志", value: "db-3.txt", media_id: "M6" },
      { type: 3, keyname: "负责人", value: "李四", userid: "lisi" },
    ],
    jump_list: [
      { type: 1, title: "全部告警", url: "https://mon.example.com" },
      { type: 2, title: "小程序", appid: "wx0000000000000001", pagepath: "pages/all" },
      { title: "只是文字" },
    ],
    card_action: { type: 2, appid: "wx0000000000000001", pagepath: "pages/disk" },
  },
  news_notice: {
    card_type: "news_notice",
    source: { desc: "内网", desc_color: 0 },
    action_menu: { action_list: [{ text: "退订", key: "off" }] },
    task_id: "digest-2026-01-06",
    main_title: { title: "每周摘要", desc: "第一周" },
    quote_area: { type: 2, appid: "wx0000000000000001" },
    horizontal_content_list: [],
    vertical_content_list: [{ title: "三次发布", desc: "接口、网页、作业" }],
    card_image: { url: "https://intra.example.com/w1.png", aspect_ratio: 1.8 },
    image_text_area: {
      type: 1,
      url: "https://intra.example.com/w1",
      title: "封面",
      desc: "说明",
      image_url: "https://intra.example.com/c.png",
    },
    jump_list: [],
    card_action: { type: 1, url: "https://intra.example.com/w1" },
  },
  button_interaction: {
    card_type: "button_interaction",
    source: { desc: "发布系统", desc_color: 3 },
    action_menu: { action_list: [{ text: "稍后提醒", key: "later" }] },
    task_id: "deploy-4712",
    main_title: { title: "上线 4712？", desc: "接口服务" },
    quote_area: { type: 0 },
    sub_title_text: "十二个提交，检查全部通过",
    horizontal_content_list: [{ keyname: "申请人", value: "张三" }],
    card_action: { type: 0 },
    button_selection: {
      question_key: "region",
      title: "地域",
      option_list: [
        { id: "cn", text: "国内" },
        { id: "eu", text: "欧洲" },
      ],
      selected_id: "eu",
    },
    button_list: [
      { text: "同意", style: 1, key: "approve" },
      { type: 0, text: "拒绝", style: 2, key: "reject" },
      { type: 1, text: "差异", url: "https://git.example.com/d/4712" },
    ],
  },
  vote_interaction: {
    card_type: "vote_interaction",
    source: { icon_url: "https://intra.example.com/72.png", desc: "行政" },
    task_id: "lunch-07",
    main_title: { title: "周五午餐", desc: "可多选" },
    checkbox: {
      question_key: "where",
      mode: 1,
      option_list: [
        { id: "a", text: "面条", is_checked: true },
        { id: "b", text: "火锅", is_checked: false },
      ],
    },
    submit_button: { text: "投票", key: "vote" },
  },
  multiple_interaction: {
    card_type: "multiple_interaction",
    source: { desc: "排班" },
    task_id: "oncall-08",
    main_title: { title: "值班意向", desc: "周五前提交" },
    select_list: [
      {
        question_key: "day",
        title: "日期",
        selected_id: "tue",
        option_list: [
          { id: "mon", text: "周一" },
          { id: "tue", text: "周二" },
        ],
      },
      { question_key: "shift", title: "班次", option_list: [{ id: "d", text: "白班" }] },
    ],
    submit_button: { text: "保存", key: "save" },
  },
} as const satisfies { [Type in TemplateCard["card_type"]]: Extract<TemplateCard, { card_type: Type }> }

export const cardUpdates = {
  "button text only": {
    userids: ["zhangsan"],
    agentid: 1000002,
    response_code: "C1",
    button: { replace_name: "已同意" },
  },
  "a dead button card for everybody": {
    atall: 1,
    agentid: 1000002,
    response_code: "C2",
    enable_id_trans: 1,
    template_card: {
      card_type: "button_interaction",
      main_title: { title: "4711 已同意", desc: "$userName=zhangsan$" },
      button_list: [{ text: "同意", key: "approve" }],
      replace_text: "已处理",
    },
  },
  "a vote that is closed": {
    partyids: [2],
    tagids: [1],
    agentid: 1000002,
    response_code: "C3",
    template_card: {
      card_type: "vote_interaction",
      main_title: { title: "周五午餐" },
      checkbox: {
        question_key: "where",
        disable: true,
        option_list: [{ id: "a", text: "面条", is_checked: true }],
      },
      replace_text: "投票结束",
    },
  },
  "a form with one question closed": {
    userids: ["lisi"],
    agentid: 1000002,
    response_code: "C4",
    template_card: {
      card_type: "multiple_interaction",
      main_title: { title: "值班意向" },
      select_list: [{ question_key: "day", disable: true, option_list: [{ id: "mon", text: "周一" }] }],
      submit_button: { text: "保存", key: "save" },
    },
  },
  "a notice with a menu, without task_id": {
    userids: ["lisi"],
    agentid: 1000002,
    response_code: "C5",
    template_card: {
      card_type: "text_notice",
      action_menu: { action_list: [{ text: "退订", key: "off" }] },
      sub_title_text: "已恢复",
      card_action: { type: 1, url: "https://mon.example.com/a/3" },
    },
  },
  "a picture notice": {
    userids: ["lisi"],
    agentid: 1000002,
    response_code: "C6",
    template_card: {
      card_type: "news_notice",
      main_title: { title: "已读" },
      image_text_area: { image_url: "https://intra.example.com/c.png" },
      card_action: { type: 1, url: "https://intra.example.com/w1" },
    },
  },
} as const satisfies Record<string, CardUpdateBody>
