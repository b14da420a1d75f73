//! Questions.

use super::Cue::{self, Firm, Say};
use super::Listed;

const fn asks(intent: &'static str, cues: &'static [Cue]) -> Listed {
    Listed { intent, acting: false, cues }
}

pub(super) const LATENCY: Listed = asks(
    "analyze_latency",
    &[
        Say(
            8.0,
            "slow|slowly|slower|slowness|slowed|sluggish|laggy|lagging|lag|lags|lame|lahm|langsam|langsamer|lent|lente|lents|lentes|lenteur|snail|turtle",
        ),
        Say(8.0, "latenc*|latenz*|lenteurs"),
        Say(
            8.0,
            "respons*|answer|reply|antwort*|page|load|loading|lade*|roundtrip|round ~ time|times|zeit|zeiten|delay*",
        ),
        Say(8.0, "antwortzeit*|ladezeit*|responsetime*"),
        Say(8.0, "temps ~ reponse*"),
        Say(9.0, "p50|p75|p90|p95|p99|p999|percentile|percentiles|perzentil"),
        Say(7.0, "median|average|avg|mean ~ respons*|latenc*|time|times"),
        Say(7.0, "slow|slower|slowest ~ endpoint*|route*|api|page*|service*|response*|request*|site"),
        Say(6.0, "slowest ~ endpoint*|route*|service|services|page*|request*"),
        Say(
            8.0,
            "take|takes|took|taking|needs|need|needing|braucht|brauchen|met|mettent|prend|prennent|dure|durent .. long|longer|forever|ages|eternity|{span}|second|seconds|sec|secs|minute|minutes|lang|ewig|sekunden|secondes|temps|longtemps|{time}",
        ),
        Say(
            9.0,
            "load|loads|loading|respond|responds|responding|open|opens|laden|ladt ~ forever|slow*|ages|ewig|long",
        ),
        Say(7.0, "wait|waiting|waits .. forever|long|ages|minutes|seconds|second|{time}"),
        Say(
            7.0,
            "crawl|crawling|crawls|dragging|drags|dragged|creeping|molasses|unresponsive|snappy|snappier|snail|treacle",
        ),
        Say(
            6.0,
            "hang|hangs|hanging|freeze|freezes|freezing|stalls|stalling|stalled|haengt|hangt|rame|ramer|rament",
        ),
        Say(6.0, "how ~ fast|quick|quickly|slow|responsive"),
        Say(5.0, "faster|fast|quick|quickly|speed|performance|perf|performant|geschwindigkeit|schnell"),
        Say(4.0, "performance ~ problem*|issue*|degrad*|drop*|bad|terrible|awful|poor|worse"),
        Say(5.0, "perform*|degraded|degradation"),
        Say(3.0, "not ~ responding|respond"),
        Say(
            8.0,
            "delay*|slowdown*|slows|spinning|spinner|spinners|buffering|mud|molasses|bogged|choppy|stutter*|hakt|ruckelt|lahmt|dauert|patience|tardy",
        ),
        Say(
            9.0,
            "time|times|seconds|ms|duration ~ per|pro|par ~ request|call|page|click|order|anfrage|requete",
        ),
        Say(9.0, "from|von|de .. {span}|ms|s|seconds|second ~ to|auf|a .. {span}|seconds|ms|minutes|second"),
        Say(
            9.0,
            "{span}|seconds|second|minute|minutes|ms ~ per|each|for ~ [every|each|a|one|single] ~ request|call|page|click|order|load",
        ),
        Say(
            9.0,
            "load|loads|respond|answer|open|render|finish|complete|loading ~ .. {span}|seconds|minutes|second",
        ),
        Say(5.0, "unusable|unbearable|intolerable|unbenutzbar|inutilisable|zah|traege|trage"),
        Say(
            10.0,
            "slow|slower|langsamer|lent|lente ~ than|als|que ~ usual|normal|ever|sonst|ublich|dhabitude|habitude",
        ),
        Say(5.0, "time ~ to ~ first ~ byte"),
        Say(5.0, "ttfb|apdex|rtt"),
        Say(3.0, "api|apis|endpoint|site|website|shop|app|page|pages ~ slow*|lag*|fast*"),
    ],
);

pub(super) const ERRORS: Listed = asks(
    "analyze_errors",
    &[
        Say(
            8.0,
            "error|errors|eror|erors|fehler|fehlern|fehlerrate|fehlerquote|erreur|erreurs|err|errs|errored|erroring|errorrate",
        ),
        Say(12.0, "{fault}"),
        Say(
            18.0,
            "logs|log|they|it|users|customers|stderr|output|console|screen|app ~ [is|are] ~ show|shows|showing|print|prints|say|see|get ~ {quoted}",
        ),
        Say(9.0, "something|whats|what|sth ~ .. wrong|off|up|amiss ~ with ~ {service|endpoint}"),
        Say(
            9.0,
            "return|returns|returning|shows|gives|loads|liefert|renvoie ~ nothing|empty|null|blank|garbage|nichts|rien|nonsense",
        ),
        Say(
            8.0,
            "declined|declines|aborted|aborts|abort|corrupt*|misbehav*|malfunction*|faults|fault|errored|unsuccessful|abgebrochen|abgelehnt|absturze|storung|stoerung|defaillan*|refuse|refusee|refuses",
        ),
        Say(7.0, "acting|playing|act|plays|messing|messed|screwed ~ up"),
        Say(7.0, "wont|doesnt|dont|cant|not ~ load|open|start|work|respond|finish|complete|save"),
        Say(7.0, "nothing|nichts|rien ~ works|working|geht|marche|funktioniert|loads"),
        Say(
            18.0,
            "get|gets|getting|got|see|sees|seeing|saw|says|say|saying|gives|giving|shows|showing|keeps|keep|throws|throwing|logs|receive|receiving|full|investigate|with|about|into|behind|causes|causing|bekomme|bekommen|kommt|recois|affiche ~ [of|us|me|a|an|the|lots] ~ {quoted}",
        ),
        Say(
            16.0,
            "{quoted} .. popping|pops|everywhere|keeps|again|mean|means|logs|log|constantly|often|from|coming|appears|appearing|bedeutet|uberall|partout",
        ),
        Say(
            14.0,
            "connection*|pool|pools|thread|threads|socket|sockets|queue ~ [pool] ~ exhausted|exhaustion|full|starved|depleted|leak",
        ),
        Say(9.0, "too ~ many ~ connection*|requests|open|clients|files|redirects"),
        Say(9.0, "error|failure|fail|fehler ~ rate|rates|ratio|quote|count|counts|level|spike*|budget?"),
        Say(
            9.0,
            "500|501|502|503|504|500s|502s|503s|504s|5xx|5xxs|4xx|4xxs|400s|401|401s|403|403s|404s|404|429|429s|http500|422|422s|409|499|5xx's",
        ),
        Say(
            9.0,
            "exception|exceptions|stacktrace|stacktraces|traceback|tracebacks|panic|panics|panicking|panicked|segfault|segfaults|exceptons|ausnahme|ausnahmen",
        ),
        Say(8.0, "stack ~ trace|traces"),
        Say(8.0, "timeout|timeouts|timed|timing ~ out|outs"),
        Say(8.0, "timeout|timeouts|zeituberschreitung"),
        Say(
            7.0,
            "fail|fails|failing|failed|failure|failures|fehlgeschlagen|schlagt|echoue|echouent|fehlschlagen|plantent",
        ),
        Say(7.0, "broken|broke|breaks|breaking|kaputt|borked|busted|bust|casse|cassee|failng|fubar"),
        Say(7.0, "crash|crashes|crashing|crashed|crashloop|crashlooping|abgesturzt|plante|crasht"),
        Say(
            7.0,
            "refused|refusing|rejected|rejecting|rejects|reset|resets|unreachable|unavailable|denied|econnreset|econnrefused|etimedout|enotfound",
        ),
        Say(
            6.0,
            "cant|cannot|couldnt|unable ~ pay|login|log|order|buy|connect|reach|open|use|access|sign|submit|save|upload|check|load|add|register|book|complete|place|finish",
        ),
        Say(4.0, "cant|cannot ~ {other}"),
        Say(
            6.0,
            "users|customers|people|clients|nobody|kunden|buyers|visitors|partners ~ cant|cannot|couldnt|unable|can|konnen",
        ),
        Say(
            6.0,
            "throw|throws|throwing|threw|spitting|spits|spewing|returning|returns|returned|wirft|liefert|renvoie",
        ),
        Say(
            6.0,
            "doesnt|dont|not|isnt|arent|stopped|nicht|quit ~ work|works|working|funktioniert|geht|respond",
        ),
        Say(4.0, "geht|funktioniert .. nicht"),
        Say(5.0, "marche|fonctionne ~ pas|plus"),
        Say(7.0, "going ~ wrong"),
        Say(5.0, "went|gone ~ wrong"),
        Say(4.0, "whats|what ~ wrong|broken"),
        Say(5.0, "bug|bugs|buggy|faulty|blow|blowing|blew|blows ~ up"),
        Say(5.0, "bug|bugs|defect|glitch|glitches|glitching"),
        Say(6.0, "log|logs|error ~ messages|message|entries"),
        Say(5.0, "logs"),
        Say(5.0, "investigate|look ~ into"),
        Say(3.0, "investigate"),
        Say(6.0, "lost|losing|dropping|dropped ~ requests|orders|connections|messages|packets"),
        Say(5.0, "success ~ rate"),
        Say(
            6.0,
            "unauthorized|forbidden|deadlock|deadlocks|nullpointer|npe|nullpointerexception|gateway ~ timeout",
        ),
        Say(6.0, "bad ~ gateway"),
        Say(6.0, "internal ~ server"),
        Say(5.0, "connection* ~ refused|reset|closed|lost|error*"),
    ],
);

pub(super) const SLOW_QUERIES: Listed = asks(
    "slow_queries",
    &[
        Say(
            14.0,
            "slow|slowest|slower|worst|heavy|heaviest|expensive|longest|long|bad|top|costly|costliest|hungry|biggest|langsame|langsamsten|langsamste|lentes ~ [running|db|database|sql|running] ~ query|queries|querys|queris|statement|statements|sql|sqls|abfrage|abfragen|requetes|requete|selects|select",
        ),
        Say(
            13.0,
            "query|queries|querys|statement|statements|sql|abfragen|abfrage|requetes .. slow|slowest|slower|worst|longest|long|expensive|kill|killing|kills|hurts|hurting|langsam|langsamste|langsamsten|lentes|hogging|hammering|most|heaviest|blocking|eating|lourdes|plus",
        ),
        Say(
            12.0,
            "missing|unused|need|needs|needed|lacking|fehlende|fehlen|manquants ~ index|indexes|indices|indizes|indexe",
        ),
        Say(11.0, "index|indexes|indices ~ missing|unused|needed|recommend*|suggest*|advice|fehlen"),
        Say(12.0, "n+1|nplus1"),
        Say(12.0, "full|sequential|seq ~ table|scan|scans"),
        Say(11.0, "table ~ scan|scans"),
        Say(
            11.0,
            "db|database|databases|datenbank|dbs|postgres|mysql|{database} .. slow|slower|slow*|crawl*|lag*|sluggish|busy|hammer*|killing|overload*|struggl*|langsam|lent|lente|dying|suffering|bottleneck|load|choking",
        ),
        Say(
            10.0,
            "slow|hammering|killing|hurting|hogging|loading|hitting|overloading|crushing|stressing|lahm|hammers|kills|burdening|hurts ~ db|database|datenbank|{database}|postgres",
        ),
        Say(6.0, "queries|querys|statements|abfragen|sql|requetes"),
        Say(4.0, "query|statement|{database}|db|database|datenbank"),
        Say(9.0, "query|queries ~ performance|time|times|latency|duration"),
        Say(9.0, "lock|locks|locking|blocked|blocking .. queries|query|table|tables|db|database"),
        Say(6.0, "queries|statements ~ by|per ~ total|time|calls"),
        Say(9.0, "db|database|{database} ~ performance|latency|time|queries"),
        Say(8.0, "repeated|duplicate|inefficient ~ queries|query"),
    ],
);

pub(super) const EXPLAIN_QUERY: Listed = asks(
    "explain_query",
    &[
        Say(
            16.0,
            "explain|erklare|explique|expliquer ~ [analyze|analyse|me] ~ query|statement|select|sql|abfrage|requete|{id}",
        ),
        Say(16.0, "query|plan|explain ~ plan"),
        Say(18.0, "query|statement|abfrage|requete ~ [nr|id] ~ {n}"),
        Say(12.0, "first|second|third|fourth|fifth|1st|2nd|3rd ~ query|statement"),
        Say(20.0, "{id} .. slow|slower|expensive|long|plan|time|bad|scan"),
        Say(14.0, "{id}"),
        Say(14.0, "explain|plan|planner ~ of|for|does|do .. {id}|query|statement|select|sql|it"),
        Say(12.0, "execution|explain|query ~ plan"),
        Say(16.0, "select|insert|update|delete .. from|into|set .. where|values|set"),
        Say(15.0, "select .. from"),
        Say(8.0, "explain ~ {n}"),
        Say(6.0, "plan ~ for|of|von|de"),
        Say(5.0, "explain"),
    ],
);

pub(super) const RESOURCES: Listed = asks(
    "analyze_resources",
    &[
        Say(10.0, "memory|mem|ram|heap|memeory|speicher|arbeitsspeicher|memoire|speicherverbrauch|memoy"),
        Say(10.0, "cpu|cpus|processor|prozessor|cpuload|processeur|cores|vcpu"),
        Say(
            10.0,
            "disk|disks|disc|hdd|ssd|volume|volumes|filesystem|filesystems|inode|inodes|partition|festplatte|festplatten|platte|disque|disques|plattenplatz|speicherplatz|iops|storage",
        ),
        Say(11.0, "oom|oomkill*|oomed|ooming|oom-killed|swap|swapping"),
        Say(11.0, "memory|mem|ram|heap ~ leak|leaks|leaking|leaky|usage|pressure|spike"),
        Say(8.0, "leak|leaks|leaking|leaky"),
        Say(
            24.0,
            "who|whos|what|whats|which|wer|qui|quoi ~ .. hogging|eating|eats|using|uses|consuming|consumes|burning|burns|chewing|frisst|verbraucht|consomme|mange ~ .. cpu|cpus|memory|mem|ram|heap|disk|space|storage|io|{host|container}|speicher|memoire",
        ),
        Say(
            13.0,
            "connection*|threads|sockets|handles|descriptors .. max|maximum|limit|left|used|free|near|available|headroom",
        ),
        Say(9.0, "how ~ many ~ [open|active|db|database] connections|threads|sockets"),
        Say(
            10.0,
            "resource|resources|ressourcen|ressources ~ usage|consumption|utilization|utilisation|hog|hogs|limits?",
        ),
        Say(8.0, "resource|resources|ressourcen|ressources"),
        Say(8.0, "load ~ on|average|avg|of|auf|sur .. {host|container|service}"),
        Say(7.0, "load ~ average|avg"),
        Say(6.0, "{host} .. load|busy|overload*|hot|load|utiliz*|full|utilis*"),
        Say(5.0, "{host}"),
        Say(
            5.0,
            "overloaded|overload|saturated|saturation|utilization|utilisation|auslastung|throttled|throttling|starved|maxed",
        ),
        Say(6.0, "out ~ of ~ space|room"),
        Say(6.0, "gc|garbage|collection|collector"),
        Say(7.0, "busy|hot|overloaded|loaded ~ {host|container}"),
        // An action that is only thought about: what it would be for is the question.
        Say(
            14.0,
            "should|shall|would|could|might|can|may|maybe|perhaps|soll|sollen|sollte|sollten|devrait|devrais|faut|think|worth|safe|ok|okay|necessary|if|better|want|sense .. restart*|reboot*|bounc*|kill|kick|recreate|neustarten|neuzustarten|redemarrer|cycle|recycle|neu",
        ),
        Say(
            9.0,
            "restart|restarting|reboot|rebooting|bouncing|neustart .. help|helps|fix|fixes|solve|solves|worth|good|enough|safe|necessary|needed|sense|recommended|helfen",
        ),
        Say(12.0, "scal*|replica*|instances ~ .. help|enough|fix|worth|sense|safe"),
        Say(
            11.0,
            "should|shall|would|might|maybe|soll|sollen|sollten|think|worth|if|need|better .. scal*|replica|replicas|resize",
        ),
        Say(8.0, "why .. restart|restarts|restarted|restarting|rebooting|rebooted"),
        Say(
            9.0,
            "keeps|kept|constantly|always|repeatedly|standig|dauernd ~ restarting|rebooting|dying|killed|flapping|neu",
        ),
        Say(5.0, "restart* ~ loop|count|{n}"),
        Say(7.0, "killed|evicted"),
        Say(4.0, "container|containers|pod|pods"),
        Say(4.0, "how ~ many|much ~ replicas|instances|pods"),
    ],
);

pub(super) const DEPLOYMENT: Listed = asks(
    "analyze_deployment",
    &[
        Say(
            9.0,
            "deploy|deploys|deployed|deploying|deployment|deployments|deplyo|deploiement|deploiements|deploye|deploiment|depoy|redeploy",
        ),
        Say(9.0, "release|releases|released|rollout|rollouts|rolled ~ out"),
        Say(
            9.0,
            "release|releases|released|rollout|rollouts|shipped|ship|ausgerollt|veroffentlicht|livegang",
        ),
        Say(9.0, "build|builds|pipeline|pipelines|ci|cd|cicd|jenkins"),
        Say(10.0, "{version}"),
        Say(9.0, "new|latest|last|current|previous|newest|neue|neuen|which|what|nouvelle ~ version|versions"),
        Say(5.0, "version|versions"),
        Say(8.0, "what|anything|something|was ~ .. changed|changes|change|geandert|different|change"),
        Say(8.0, "what|which ~ went|goes|going ~ out|live"),
        Say(8.0, "commit|commits|merge|merged|changeset|diff"),
        Say(4.0, "since|after|wegen|seit .. deploy*|release|rollout"),
        Say(
            15.0,
            "should|shall|would|could|might|can|may|maybe|perhaps|soll|sollen|sollte|sollten|think|worth|safe|ok|necessary|if|better|want|sense|faut .. rollback|roll|revert*|rolling|undo|zuruckrollen|reverting",
        ),
        Say(10.0, "rollback|revert|reverting|rolling ~ .. help|helps|fix|solve|worth|safe|enough|better"),
        Say(12.0, "rollback|rollbacks"),
        Say(7.0, "rolled ~ back"),
        Say(7.0, "canary|regression|regressions|hotfix|hotfixes"),
    ],
);

pub(super) const CAPACITY: Listed = asks(
    "forecast_capacity",
    &[
        Say(
            16.0,
            "when|until|before|soon|will|going|wann|quand|long|days|weeks|bis .. run|runs|running ~ out",
        ),
        Say(16.0, "when|soon|wann|quand|long .. out ~ of"),
        Say(
            16.0,
            "when|until|before|will|wann|bis|quand .. full|fill|fills|filled|voll|exhaust*|plein|pleine|saturated|hit|hits|limit|reach|reaches|leer",
        ),
        Say(14.0, "will|when|going|how ~ .. run|runs|hit|reach|exceed|fill"),
        Say(14.0, "how ~ long|many|much .. until|till|before|left|remain*|last|lasts"),
        Say(16.0, "capacity|kapazitat|capacite"),
        Say(9.0, "headroom"),
        Say(15.0, "forecast|forecasts|predict*|projection|projected|extrapolat*|prognose|prevision|outlook"),
        Say(
            12.0,
            "need|needs|buy|order|require|brauchen ~ .. more|bigger|another|larger|mehr ~ disk|memory|ram|cpu|server|servers|machines|nodes|storage|instances|hardware|capacity",
        ),
        Say(
            14.0,
            "can|could|will|would ~ .. handle|survive|sustain|cope|withstand|take .. traffic|load|users|black|requests|peak|christmas|rps|sale|double|twice|campaign",
        ),
        Say(9.0, "black ~ friday"),
        Say(10.0, "next ~ quarter|year|month"),
        Say(12.0, "enough .. for|next|until"),
        Say(10.0, "grow|growth|growing|wachst|wachstum .. disk|memory|storage|db|database|fast|rate"),
        Say(8.0, "outgrow|exhaust"),
        Say(5.0, "exhausted|exhaustion"),
    ],
);

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
            "threshold|thresholds|tresholds|treshold|schwelle|schwellen|schwellenwert*|seuil|seuils|grenzwert*|thresold*",
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
