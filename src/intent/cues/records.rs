//! Questions about how things stand, what was, who did it, and what was just said.

use super::Cue::{Firm, Say};
use super::{Listed, asks};

pub(super) const STATUS: Listed = asks(
    "status",
    &[
        Say(10.0, "status|stauts|statut|statuses|health|healthy|healthcheck|gesund|unhealthy|healthz"),
        Say(
            10.0,
            "everything|all|alles|tout|things|stuff|systems|services|we ~ ok|okay|good|fine|up|green|well|alright|ok|gut|bien|quiet|healthy|normal|running|stable|working|run|in|calm|smooth|smoothly|operational|gruen|grun|klar|va",
        ),
        Say(
            10.0,
            "how|hows|wie|comment ~ are|is|s|geht|laufen|lauft|steht|va|vont .. things|everything|services|systems|we|prod|it|stuff|doing|looking|going|holding|today|{env}|{service}|feeling|infra|infrastructure|platform|cluster|es|uns|servers|alles",
        ),
        Say(9.0, "how|hows|wie|comment .. doing|holding|looking|faring|dastehen|porte|portent|going"),
        Say(
            7.0,
            "how|hows ~ {service|env|host|container|region}|things|everything|stuff|prod|systems|services",
        ),
        Say(9.0, "on ~ fire"),
        Say(9.0, "all ~ systems ~ go"),
        Say(
            9.0,
            "geht|gehen|lauft|laufen|marche|fonctionne ~ {service|env|container|host} ~ [wieder|noch|encore|now] $",
        ),
        Say(
            9.0,
            "anything|something|problems|issues ~ .. on|burning|wrong|down|broken|up|know|fire|unusual|worry|attention|weird|happening|strange|urgent|special|interesting|off",
        ),
        Say(9.0, "any ~ problem*|issue*|trouble*|outage*|news|concerns"),
        Say(9.0, "anything|something|what|much ~ .. should|need|must ~ .. know|aware|worry"),
        Say(9.0, "i|we ~ miss|missed|missing ~ anything|something|much"),
        Say(9.0, "what|did|have ~ [did|have] ~ i|we ~ miss|missed"),
        Say(8.0, "lay ~ of ~ land"),
        Say(8.0, "pulse|vitals|wellbeing"),
        Say(9.0, "all|everything|things ~ quiet|calm|under ~ [control] $"),
        Say(8.0, "across ~ board"),
        Say(
            9.0,
            "is|are|ist|sind|est ~ {name|env|other|region} ~ up|down|ok|okay|alive|healthy|available|online|running|back|fine|reachable|working|good|there|erreichbar|da|offline|lauft|stable|live|dead",
        ),
        Say(
            8.0,
            "is|are ~ we|site|shop|website|app|api|system|systems|services|platform|anything|everything|prod|it|server|servers ~ up|down|ok|okay|alive|healthy|available|online|running|back|fine|good|reachable",
        ),
        Say(9.0, "overview|summary|uberblick|ubersicht|lage|sitrep|rundown|roundup|recap|snapshot|apercu"),
        Say(6.0, "{service|env|region|host|container} ~ up|down|ok|okay|alive|healthy|fine|lauft|erreichbar"),
        Say(6.0, "still ~ down|up|alive|there|running|green"),
        Say(5.0, "down|outage|offline|outages|panne"),
        Say(7.0, "whats|what|was|quoi ~ .. happening|going|up|new|on|los|neuf"),
        Say(8.0, "what ~ state"),
        Say(8.0, "state|zustand|etat ~ of|von|de|der|du"),
        Say(4.0, "green|gruen|grun"),
        Say(8.0, "lauft|laufen ~ alles|alle|es|{service}|rund"),
        Say(8.0, "alles|tout ~ ok|gut|klar|grun|bien|im|roule|va|marche|lauft|fonctionne|in"),
        Say(7.0, "ca ~ marche|va|roule"),
        Say(5.0, "^ {service|env|host|container|region} $"),
        Say(4.0, "check|checks ~ {service|env|host|container}|everything|all|systems|services|prod"),
        Say(5.0, "ping|alive|sanity"),
    ],
);

pub(super) const ALERTS: Listed = asks(
    "list_alerts",
    &[
        Say(
            11.0,
            "alert|alerts|alarm|alarms|alarme|alarmes|alertes|alerte|incident|incidents|alerting|alerted|warnung|warnungen|stoerungen|storungen|vorfalle|warnings|alrets|alets",
        ),
        Say(18.0, "alert*|alarm*|incident*|page|pager ~ history|log|timeline|overview"),
        Say(18.0, "history|log|timeline|overview ~ of ~ .. alert*|alarm*|incident*"),
        Say(11.0, "firing|fired|paged|paging|triggered|triggering|gefeuert|ausgelost"),
        Say(
            5.0,
            "open|active|current|offene|offen|ongoing|unacked|unacknowledged|outstanding|pending|ouvertes|ouverts|actives|aktive|recent|unresolved|critical ~ alert*|alarm*|incident*|issues|problems|ones|warn*",
        ),
        Say(11.0, "unacked|unacknowledged|unresolved|unhandled|outstanding"),
        Say(
            4.0,
            "list|show|which|what|any|get|give|how|zeig|zeige|welche|liste|montre|quelles|affiche|display|are|many ~ .. alert|alerts|alarm*|incident*|alertes",
        ),
        Say(9.0, "what|who ~ woke|wakes"),
        Say(
            10.0,
            "anything|something|nothing|what|anybody|anyone ~ .. page|paged|ring|rang|rung|beep|beeped|trigger|triggered|alarm|alarmed|wake|woke|ping|pinged ~ [last|{time}|me|us] $",
        ),
        Say(10.0, "did|does ~ anything|something|what|alerts ~ fire"),
        Say(11.0, "any|many|were|more|no ~ pages|pings|beeps|calls ~ {time}|last|over|during|since"),
        Say(9.0, "how ~ noisy|quiet|busy ~ was|is|were"),
        Say(9.0, "anything|something|what|alarms|alerts ~ .. go|goes|went|gone|going ~ off"),
        Say(9.0, "why|what .. paged|paging|page|pinged|alerted ~ me|us|you|oncall|the|at|about|for|last"),
        Say(3.0, "silenced|muted|snoozed|acked|acknowledged ~ alerts|right|currently|now"),
        Say(11.0, "what|which|anything|list|show|who ~ .. silenced|muted|snoozed|acked|acknowledged"),
    ],
);

pub(super) const REPORT: Listed = asks(
    "report",
    &[
        Say(
            17.0,
            "daily|weekly|morning|monthly|nightly|9am|taglich*|wochentlich*|quotidien|hebdomadaire|hebdo|todays|yesterdays|weeks|days|latest|last|{time} ~ [ops|status|performance|health|incident|service|uptime] ~ report|reports|summary|digest|bericht|rapport|recap|overview|rundown|zusammenfassung|reprot|repot|roundup|report's",
        ),
        Say(
            17.0,
            "report|summary|digest|bericht|rapport|recap|zusammenfassung .. {time}|daily|weekly|yesterday|week|day",
        ),
        Say(
            14.0,
            "^ sum|summarize|summarise|wrap|recap|fasse|resume ~ up|{time}|last|the|yesterday|today|week|gestern|heute|hier .. {time}|last|week|day|days|month|happened|zusammen|events|night",
        ),
        Say(14.0, "^ sum|wrap ~ up ~ {time}"),
        Say(
            17.0,
            "summary|recap|digest|roundup|rundown|wrapup|zusammenfassung|resume ~ of|from|about|for|von|der|de ~ .. night|shift|day|week|month|incident|incidents|events|{time}",
        ),
        Say(
            14.0,
            "numbers|figures|stats|kpis|statistics|zahlen|chiffres ~ .. {time}|day|week|month|woche|monat|semaine|mois|yesterday",
        ),
        Say(14.0, "^ summarize|summarise|recap ~ {time}"),
        Say(13.0, "tagesbericht|wochenbericht|monatsbericht|tagesreport|wochenreport|morgenbericht"),
        Say(13.0, "^ ~ report|reports|bericht|rapport|digest|berichte|reporting"),
        Say(13.0, "report|reports|bericht|rapport|digest|berichte $"),
        Say(
            16.0,
            "send|post|give|show|get|generate|create|make|run|print|prepare|schick|schicke|sende|zeig|envoie|want|have|need|see|mail|email|resend|share|where|wheres|montre|pull|produce|publish ~ .. report|digest|bericht|rapport|reprot",
        ),
        Say(16.0, "daily|weekly|taglich*|wochentlich* ~ numbers|stats|figures|kpis|update|mail|email|status"),
    ],
);

pub(super) const TREND: Listed = asks(
    "trend",
    &[
        Say(
            16.0,
            "trend|trends|trending|tendenz|tendance|evolution|entwicklung|verlauf|history|historical|histogram?|graph|chart|plot",
        ),
        Say(16.0, "over ~ time"),
        Say(
            17.0,
            "month|week|day|year|wow|mom|yoy|quarter ~ over|on|by|to|after ~ month|week|day|year|quarter",
        ),
        Say(16.0, "develop|develops|developed|developing|evolve|evolved|entwickelt|evolue|progressed"),
        Say(
            18.0,
            "compare|compared|comparison|vs|versus|vergleich|vergleiche|verglichen|comparer|compare|comparez|against|relative .. {time}|last|yesterday|before|previous|gestern|month|week|hier",
        ),
        Say(
            18.0,
            "than|als|que ~ [during|back|they|we|were|was] {time}|last|yesterday|before|previous|gestern|month|week|hier|earlier",
        ),
        Say(18.0, "{time} .. vs|versus|with|against|to|than|compared|gegenuber|und|mit|and ~ {time}"),
        Say(15.0, "{time} ~ vs|versus"),
        Say(
            13.0,
            "getting|become|becoming|got|gotten|going|been ~ .. slower|faster|worse|better|up|down .. month|months|weeks|over|lately|time|week|years|{time}",
        ),
        Say(
            12.0,
            "faster|slower|better|worse|higher|lower|more|fewer|less|schneller|langsamer ~ than|als|que ~ {time}|last|before|previous|yesterday|month|week|ago",
        ),
        Say(
            11.0,
            "getting|become|becoming|steadily|gradually|slowly|creeping|consistently ~ .. slower|worse|up|faster|better|higher|increasing|increase|growing",
        ),
        Say(15.0, "how ~ has|have|did ~ .. changed|change|developed|develop|evolved|moved|grown|improved"),
        Say(10.0, "month|monat ~ over"),
        Say(8.0, "improv*|worsen*|increas*|decreas*|verbessert|verschlechtert|regress*"),
        Say(8.0, "lately|compared|long-term|longterm"),
        Say(9.0, "traffic|throughput|rps|qps"),
        Say(5.0, "requests"),
    ],
);

pub(super) const REGIONS: Listed = asks(
    "compare_regions",
    &[
        Say(
            22.0,
            "compare|compared|comparison|vs|versus|vergleich|vergleiche|than|between|against|difference .. {region}|region|regions|regionen|regione",
        ),
        Say(26.0, "{region} .. {region}"),
        Say(
            24.0,
            "{region} ~ .. vs|versus|than|with|and|compared|against|to|oder|or|und|ou|et .. {region}|us|america|asia|everywhere|elsewhere|rest|others|other",
        ),
        Say(24.0, "us|usa|america|asia|apac ~ .. vs|versus|than|and|or|compared .. {region}"),
        Say(
            20.0,
            "which|what|welche|quelle|any|all|per|by|each|every|other|other|across|between|between|one|single|specific|certain ~ region|regions|datacenter|datacenters|regionen|geography|location|locations|geo|dc",
        ),
        Say(20.0, "only|just|nur|seulement|specific .. {region}|region|asia|america"),
        Say(22.0, "{region} .. only|alone|specifically"),
        Say(12.0, "region|regions|regional|regionen|regionally|datacenters|geographies"),
        Say(4.0, "everywhere|elsewhere|worldwide|globally"),
    ],
);

pub(super) const SLA: Listed = asks(
    "sla",
    &[
        Say(20.0, "sla|slas|slo|slos|sli"),
        Say(
            20.0,
            "percent|percentage|share|much|prozent ~ of ~ [the] time ~ .. reachable|up|available|online|working|erreichbar",
        ),
        Say(20.0, "error|fehler ~ budget|budgets|budgt"),
        Say(17.0, "budget|fehlerbudget|errorbudget"),
        Say(
            18.0,
            "uptime|downtime|availability|available|verfugbarkeit|disponibilite|upime|nines|ausfallzeit|three-nines",
        ),
        Say(14.0, "service ~ level"),
        Say(14.0, "how ~ long|much|many ~ .. down|unavailable|offline|nines"),
    ],
);

pub(super) const SIMILAR: Listed = asks(
    "similar_incidents",
    &[
        Say(20.0, "similar|ahnlich*|similaire*|alike|resembl*|comparable"),
        Say(
            20.0,
            "seen|seeing|see|saw|had|have|has|happen|happened|happens|occur|occurred|encountered|gab|hatten|vu|arrive|experienced|faced|hit ~ .. before|already|schon|previously|deja|past|earlier|first|zuvor|ever",
        ),
        Say(18.0, "same|this|something|like ~ .. before|previously"),
        Say(18.0, "first ~ time|occurrence"),
        Say(18.0, "when|last .. last|time ~ .. happen|happened|see|saw|seen|this|had|have|occur"),
        Say(
            18.0,
            "anything|something|one|ones|incident|incidents|more|case ~ like ~ [alert|this|that|incident] ~ this|that|alert|{n}|incident|it",
        ),
        Say(
            18.0,
            "related|past|previous|earlier|recurring|repeat|old ~ incidents|incident|alerts|outages|problems|occurrences|cases",
        ),
        Say(16.0, "how ~ did ~ we ~ .. fix|solve|resolve|handle"),
        Say(
            14.0,
            "recurring|reoccurring|recurrence|repeated|deja|again ~ problem|issue|incident|alert|vu|pattern",
        ),
        Say(10.0, "happened|happen|happens ~ .. before|often|again|already|ever"),
        Say(9.0, "like|this ~ one|this|alert|incident ~ before"),
        Say(10.0, "known ~ issue|problem"),
    ],
);

pub(super) const THRESHOLDS: Listed = asks(
    "show_thresholds",
    &[
        Say(
            19.0,
            "threshold|thresholds|thresh|tresholds|treshold|schwelle|schwellen|schwellenwert*|seuil|seuils|grenzwert*|thresold*",
        ),
        Say(
            16.0,
            "what|which|show|list|whats|our|alert|alerting|warning|critical|current|are|the|display|configured ~ .. limit|limits|line|lines|rules|rule",
        ),
        Say(
            19.0,
            "when|at|how ~ .. do|does|will|would ~ you|quad|we ~ .. alert|warn|page|notify|alarm|alerted|warned|consider|treat|deem|classify",
        ),
        Say(18.0, "what|which ~ .. do|does|will|would ~ you|quad ~ alert|warn|page"),
        Say(18.0, "what|whats ~ .. counts|considered|treated|qualifies ~ as"),
        Say(17.0, "above|over|from ~ which|what"),
        Say(12.0, "alert|alerting|alarm ~ rule|rules|limit|limits|setting|settings|config*|level|levels"),
    ],
);

pub(super) const AUDIT: Listed = asks(
    "audit",
    &[
        Firm(
            30.0,
            "who|whos|whod|wer|qui|anyone|anybody|someone|somebody|jemand|quelquun|whom ~ [last|already|just|has|have|hat|else|ever|a|manually] ~ restart|restarted|rebooted|bounced|killed|acked|acknowledged|ack|ackd|silenced|muted|snoozed|resolved|closed|changed|set|rolled|reverted|scaled|deployed|approved|created|deleted|did|touched|stopped|started|turned|disabled|enabled|marked|raised|lowered|modified|opened|applied|neugestartet|redemarre|shipped|pushed|released|triggered|edited|updated|added|removed|ran|executed|rollback|made|took|claimed|increased|bumped|kicked|reset|quittiert|stummgeschaltet|configured|ordered",
        ),
        Firm(
            30.0,
            "wer|qui .. neugestartet|gestartet|quittiert|geschlossen|geandert|stummgeschaltet|zuruckgerollt|redemarre|acquitte|change|modifie|ferme|deploye|ausgerollt|gemacht",
        ),
        Say(
            26.0,
            "who|which ~ [one|person|colleague|human|admin] ~ of ~ [you|us|them|team] ~ changed|touched|restarted|acked|acknowledged|silenced|muted|resolved|closed|rolled|scaled|edited|raised|lowered|approved|set",
        ),
        Say(28.0, "audit"),
        Say(20.0, "by ~ whom|who"),
        Say(18.0, "who ~ did"),
        Say(6.0, "who ~ does|is"),
        Say(
            24.0,
            "did|has|have|hat|hast ~ anyone|anybody|someone|somebody|jemand|you|bob|{other} ~ [already|just|ever|last] ~ restart|restarted|reboot|silence|silenced|mute|muted|ack|acknowledge|acked|acknowledged|resolve|resolved|change|changed|rollback|roll|rolled|scale|scaled|deploy|deployed|touch|touched|approve|approved|close|closed|revert|reverted|kill|killed|neugestartet|bounce|bounced|delete|deleted|disable|disabled",
        ),
        Say(
            26.0,
            "when|wann|quand ~ was|were|wurde|did|has|have|a .. restarted|rebooted|silenced|muted|acked|acknowledged|rolled|scaled|changed|neugestartet|bounced|redemarre|reverted|closed|resolved",
        ),
        Say(
            24.0,
            "was|were|has|have|wurde|wurden .. restarted|rebooted|silenced|muted|acked|acknowledged|scaled|bounced|neugestartet|reverted",
        ),
        Say(
            20.0,
            "what|which|list|show|all|every|recent|last|latest|manual|any ~ .. actions|action|changes|operations ~ .. taken|made|done|performed|by|did|yesterday|last|today|{time}",
        ),
        Say(
            18.0,
            "what ~ did ~ {other}|quad|you|we|team|ops|she|he|they|people|operators|user|bob|alice|anna|ana|jon ~ .. do|change|touch|restart",
        ),
        Say(20.0, "activity|action|change ~ log|history|trail"),
        Say(18.0, "actions ~ did|were|taken|have"),
    ],
);

pub(super) const ON_CALL: Listed = asks(
    "on_call",
    &[
        Say(
            22.0,
            "who|whom|wen ~ may|can|should|do|must|shall|kann|darf ~ i|we|ich ~ phone|call|ring|contact|reach|page|anrufen",
        ),
        Say(26.0, "on|auf ~ call|duty|rota|rotation|callout"),
        Say(
            26.0,
            "oncall|on-call|pager|rota|rotation|bereitschaft|rufbereitschaft|astreinte|pikett|duty|dienst|escalation|escalate",
        ),
        Say(22.0, "who|whos|whose|wer|qui|next|my|when .. shift|shifts|schicht"),
        Say(
            22.0,
            "who|whom|wen|qui ~ .. call|contact|ask|responsible|owns|own|wake|ping|reach|escalate|escalates|talk|anrufen|zustandig|owner|carrying|carries|covering|charge|appeler|notify|page|turn|paged|speak",
        ),
        Say(16.0, "whose|who ~ .. turn|shift|week"),
    ],
);

pub(super) const FOLLOW_UP: Listed = asks(
    "follow_up",
    &[
        Say(
            16.0,
            "^ and|und|et|plus [for|on|in|what|how|also|with|the|auf|bei|fur|pour|sur|about|now|then] ~ {service|env|host|container|database|region|endpoint|time|other} $",
        ),
        Say(
            18.0,
            "^ what|how|hows|was|whatabout|wie|et ~ about|bout|abt|ist|pour|of [the] [for|on|in|mit] ~ {service|env|host|container|database|region|endpoint|time|other|version} $",
        ),
        Say(
            18.0,
            "^ same|likewise|ditto|dasselbe|gleiche|das|pareil|meme|idem|again ~ [thing|question|gleiche|chose|but|now|query|analysis|again] ~ [for|on|in|with|fur|pour|bei|but|at|as|as] ~ {service|env|host|container|database|region|endpoint|time|other}",
        ),
        Say(18.0, "^ same|ditto|idem|likewise ~ [thing|question|for|again]"),
        Say(
            20.0,
            "^ [show|tell|give|and|can|i|want|see|zeig|need|get|any|some|the] ~ [me|us|have|you] ~ [the] more|mehr|plus [details|detail|info|information|of|please|about|on|de|lines|rows|results|data|it|this|that] $",
        ),
        Say(
            18.0,
            "^ more|further|mehr|plus|weitere|additional ~ detail|details|info|information|lines|results|about|context|data",
        ),
        Say(
            18.0,
            "^ [show|give|see|get|i|and|tell|the] ~ [me|want|need] ~ details|detail|rest|others|evidence|raw|graph|chart|plan|next $",
        ),
        Say(
            18.0,
            "^ [show|and|whats|what|see|get] ~ [me|is|about] ~ plan|graph|chart|evidence|numbers|rest $",
        ),
        Say(
            16.0,
            "^ why|warum|pourquoi|wieso|how|when|where|since [so|come|is|that|is|not|exactly|though|do] [you|that] [think|so|say] $",
        ),
        Say(16.0, "^ go ~ on|deeper|further|ahead"),
        Say(14.0, "^ continue|elaborate|expand|weiter|tell ~ me ~ more|next"),
        Say(16.0, "^ [and|but|so] ~ before|then|after|after ~ that $"),
        Say(
            18.0,
            "^ [only|just|nur|now|but] ~ for|in|on|at|bei|fur|in|pour|sur|with ~ {service|env|host|container|database|region|endpoint|time} $",
        ),
        Say(13.0, "^ {time} $"),
        Say(
            16.0,
            "^ and|und|et|but [what|how] ~ [about] ~ errors|latency|memory|cpu|disk|traffic|queries|alerts|others|rest|that|it|now|before|here|there $",
        ),
        Say(18.0, "what|how ~ about ~ errors|latency|memory|cpu|disk|others|rest|that|database|other"),
        Say(18.0, "^ what ~ do ~ you ~ mean"),
        Say(12.0, "^ which ~ one|ones $"),
        Say(16.0, "^ [can|could] ~ [you] ~ explain ~ that|this|it"),
        Say(18.0, "^ [do|show|try|run|repeat] ~ [it|that|this] ~ again|instead ~ [for|but|with|in]"),
        Say(16.0, "^ how ~ did ~ you ~ .. know|find|conclude|figure"),
        Say(16.0, "^ are|is|how ~ you|that ~ sure|certain"),
    ],
);
