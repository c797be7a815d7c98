import { example, type Example } from "./example.ts"
import { MEDIA_IDS } from "./example-media.ts"
import { DISK_GRAPH, GRADUATION, LUNCH, TRAIN } from "./pictures.ts"

export const ARTICLES: readonly Example[] = [
  example(["图文（单条）", "News, one article"], (say) => ({
    msgtype: "news",
    news: {
      articles: [
        {
          title: say("本周食堂菜单", "This week's canteen menu"),
          description: say(
            "周三有兰州拉面，周五供应素食专窗",
            "Lanzhou noodles on Wednesday, a vegetarian counter on Friday",
          ),
          url: "https://intra.example.com/menu",
          picurl: LUNCH,
        },
      ],
    },
  })),
  example(["图文（多条）", "News, several articles"], (say) => ({
    msgtype: "news",
    news: {
      articles: [
        {
          title: say("一月机房容量报告", "Capacity report for January"),
          url: "https://intra.example.com/1",
          picurl: DISK_GRAPH,
        },
        {
          title: say("春运购票指南：提前 15 天开放", "Spring travel: tickets open 15 days ahead"),
          url: "https://intra.example.com/2",
          picurl: TRAIN,
        },
        {
          title: say("新员工培训报名", "Sign up for the newcomers' course"),
          appid: "wx0000000000000000",
          pagepath: "pages/course",
          picurl: GRADUATION,
        },
      ],
    },
  })),
  example(["图文消息 mpnews", "Article kept by WeCom (mpnews)"], (say) => ({
    msgtype: "mpnews",
    mpnews: {
      articles: [
        {
          title: say("2026 年差旅标准", "Travel policy 2026"),
          thumb_media_id: MEDIA_IDS.thumb,
          author: say("财务部", "Finance"),
          digest: say("一月起执行，点开查看全文", "From January on; open it to read the whole"),
          content_source_url: "https://intra.example.com/travel",
          content: say(
            '<p>自 <b>2026 年 1 月 1 日</b>起执行新的差旅标准：</p><ul><li>一线城市住宿 <span style="color:#c9353a">600 元</span>/晚</li><li>其他城市 450 元/晚</li></ul><blockquote>超出部分须事先审批。</blockquote>',
            '<p>New rates apply from <b>1 January 2026</b>:</p><ul><li>first-tier cities <span style="color:#c9353a">600 yuan</span> a night</li><li>elsewhere 450 yuan a night</li></ul><blockquote>Anything above needs approval beforehand.</blockquote>',
          ),
        },
      ],
    },
  })),
]
