//! Questions about what is wrong, or will be: slow, failing, full.

use super::Cue::Say;
use super::{Listed, asks};

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
            10.0,
            "order|orders|payment|payments|booking|bookings|signup|signups|login|logins|checkout|purchases|transactions ~ can|could|cannot|couldnt|cant ~ [not] ~ be ~ placed|made|completed|processed|done|finished|booked|submitted",
        ),
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
