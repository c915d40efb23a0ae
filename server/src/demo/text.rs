//! What the demonstration's people write: themes of visits and lessons, what reviewers return and what is then written,
//! from the tables in `data/`, and short sentences around them. No name, no card number, no illness by its name.
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zhucun_core::entry::EntryKind;
use zhucun_core::review::ReturnReason;

/// One thing that a visit may be about. In its texts `{n}` stands for a small number.
#[derive(Deserialize)]
pub struct VisitTheme {
    /// The months it fits, separated by spaces; none: any.
    pub months: String,
    /// The check that is a problem; empty when none is.
    pub problem: String,
    pub story: String,
    pub change: String,
    pub difficulty: String,
    pub request: String,
    pub plan: String,
}

impl VisitTheme {
    pub fn fits(&self, month: i8) -> bool {
        self.months.is_empty() || self.months.split(' ').any(|fits| fits.parse() == Ok(month))
    }
}

/// What a lesson is about, what was said, and what members thought of it.
#[derive(Deserialize)]
pub struct LessonTheme {
    pub topic: String,
    pub points: String,
    pub views: String,
}

/// Why an entry comes back, with a comment on one field and what its author then writes there.
#[derive(Deserialize)]
pub struct Return {
    pub kind: EntryKind,
    pub reason: ReturnReason,
    pub comment: String,
    pub field: String,
    pub on_field: String,
    pub amended: String,
}

pub struct Texts {
    pub visits: Vec<VisitTheme>,
    pub lessons: Vec<LessonTheme>,
    returns: Vec<Return>,
}

impl Texts {
    pub fn read() -> Self {
        Self {
            visits: table(include_str!("../../data/demo-visits.csv")),
            lessons: table(include_str!("../../data/demo-lessons.csv")),
            returns: table(include_str!("../../data/demo-returns.csv")),
        }
    }

    pub fn returns(&self, kind: EntryKind) -> Vec<&Return> {
        self.returns.iter().filter(|back| back.kind == kind).collect()
    }

    pub fn all_returns(&self) -> impl Iterator<Item = &Return> {
        self.returns.iter()
    }
}

fn table<T: DeserializeOwned>(text: &'static str) -> Vec<T> {
    let rows: Result<Vec<T>, csv::Error> = csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect();
    rows.expect("the table in the source is well formed")
}

pub const HOME_OPENINGS: &[&str] = &[
    "上午到{g}入户，主人在家。",
    "下午和村文书一起到{g}走访。",
    "趁着农闲到{g}坐了坐。",
    "今天到{g}入户，前后坐了一个多小时。",
    "早上到户里，正赶上一家人吃饭。",
    "按计划走访{g}，路上顺便看了地里的情况。",
    "傍晚到{g}，等主人从地里回来。",
    "和包户干部一起入户。",
    "雨天没法下地，到{g}走访。",
    "再次到这一户，接着上次说的事。",
];

pub const FIELD_OPENINGS: &[&str] = &[
    "在地里碰见，边干活边聊。",
    "到果园里找到主人，帮着干了一阵活。",
    "在村上务工的工地见了面。",
    "在养殖小区的圈舍旁说了说话。",
];

pub const PHONE_OPENINGS: &[&str] =
    &["户里人在外地，打电话联系。", "下雨路滑上不去，先打电话问了情况。", "主人在城里照看老人，电话里说的。"];

pub const OFFICE_OPENINGS: &[&str] = &["主人到村部办事，在办公室坐下来谈了谈。", "约到村部，核对了材料。"];

pub const CLOSINGS: &[&str] = &[
    "走的时候留了电话，有事随时打。",
    "主人对帮扶工作满意。",
    "反映的事记下了，办了再回话。",
    "院里院外干净整齐。",
    "宣传了近期的政策，发了明白纸。",
    "提醒出门锁好门、用火当心。",
    "说好过几天再来。",
    "邻居也过来说了几句，情况属实。",
    "",
    "",
];

pub const ABSENCES: &[&str] = &["外出务工", "在外照看家人", "年老行动不便，会后上门送学", "到县城办事请假"];

pub const ANSWERS: &[&str] =
    &["已按意见补充。", "核实后作了修改，请审阅。", "已补充，谢谢指正。", "当时记得简单，现补写完整。"];

pub const WITHDRAWALS: &[&str] = &["重复记录，撤回。", "记错了户，重新记。"];

/// Activities: theme, form, what came of it.
pub const ACTIVITIES: &[(&str, &str, &str)] = &[
    ("清理村道和排水渠", "volunteering", "清了两里多村道，疏通排水渠一段，群众也跟着一起干。"),
    ("看望老党员和困难党员", "home_visits", "看望了几位老党员，听了对村里发展的意见。"),
    ("商议集体经济怎么办", "deliberation", "大家各说了想法，同意先从合作社的圈舍改造做起。"),
    ("学习党章党规", "study", "逐条学习，联系村里的事讨论，人人发了言。"),
    ("到邻县参观产业园", "excursion", "看了苹果示范园，党员们对矮化密植的办法很感兴趣。"),
];

/// Deeds: name and need.
pub const DEEDS: &[(&str, &str)] = &[
    ("修水窖", "几户人家吃水要到沟里挑，老人挑不动。"),
    ("硬化村组道路", "一下雨车进不来，苹果运不出去。"),
    ("安装太阳能路灯", "冬天天黑得早，娃娃放学路上看不见。"),
    ("建起文化活动室", "农闲时大家没有去处。"),
    ("办起养羊合作社", "单家独户养羊，卖不上价。"),
];

pub const SUMMARIES: &[&str] = &[
    "按时走访，党课和活动都按计划开展，群众反映的事逐件登记、逐件回话。",
    "摸清了每户的情况，和村两委一起理出了发展的路子。",
];

pub const PROBLEMS: &[&str] = &["集体经济底子薄，年轻劳力大多在外。", "有的事要几个部门一起办，进度慢。"];

pub const PLANS: &[&str] = &["把合作社办起来，把路修通。", "接着办还没有办完的事，多到户里听意见。"];

pub const HANDLERS: &[&str] = &["村主任", "村文书", "第一书记", "乡镇包村干部"];

pub const OUTCOMES: &[&str] = &["已经办好，户里满意。", "政策讲清楚了，户里表示理解。", "已报上级，回复后再告知。"];
