//! Talk: help, small talk, what is none of quad's business, and what nobody may have this way.

use super::Cue::{self, Firm, Say};
use super::Listed;

const fn talks(intent: &'static str, cues: &'static [Cue]) -> Listed {
    Listed { intent, acting: false, cues }
}

pub(super) const HELP: Listed = talks(
    "help",
    &[
        Say(
            12.0,
            "^ help|hilfe|aide|hlep|halp|usage|commands|cmds|cmd|man|menu|manual|docs|documentation|befehle|commandes|helpp|howto $",
        ),
        Say(
            12.0,
            "^ show|open|print|get|see|display|zeig|zeige|montre|affiche ~ help|hilfe|aide|menu|manual|usage|docs $",
        ),
        Say(14.0, "^ how|wie|comment ~ ca|das|cela ~ marche|fonctionne|geht|funktioniert|va $"),
        Say(
            12.0,
            "how|wie|comment ~ do|can|kann|does|could ~ i|we|one|ich|you|je ~ get|find|see|tell|know|unsubscribe .. report|reports|alert|alerts|errors|logs|metrics|notified|paged|status|graph|details|list|threshold|you|quad",
        ),
        Say(13.0, "how ~ you|this|it|quad|bot ~ work|works|function|functions $"),
        Say(
            13.0,
            "wie|comment ~ benutze|nutze|bediene|verwende|utilise|utiliser ~ [ich|man|je] ~ dich|das|es|quad|toi|ca",
        ),
        Say(11.0, "what ~ are ~ you ~ .. good|for|made|capable|able"),
        Say(11.0, "what ~ makes ~ you ~ useful|different"),
        Say(
            9.0,
            "^ [can|could|i|please|need|some] ~ [you|need|some|get] ~ help|hilfe|aide ~ [me|please|with] ~ [with|out] $",
        ),
        Say(
            11.0,
            "what|which|was|how|que|quoi ~ can|kannst|konnen|peux|sais ~ you|i|du|sie|tu|we|quad ~ [all|alles|faire|even|actually|me] ~ [do|ask|help|tun|machen|fragen|say|type|answer|request|faire] ~ [here|alles|you|for|me|about|with|demander] $",
        ),
        Say(
            12.0,
            "what|was ~ can|could|kannst|should ~ you|i|we|du|ich ~ .. do|ask|tun|fragen|type|say|help",
        ),
        Say(12.0, "que|quoi ~ .. peux|sais|pouvez ~ .. faire|tu|vous"),
        Say(
            12.0,
            "what|which|list|show|available|all|give ~ .. command|commands|features|options|befehle|capabilities|abilities|skills|functions|questions",
        ),
        Say(
            13.0,
            "how|wie|comment ~ do|can|to|does|kann|should|would|could|funktioniert|mache|utiliser|use|geht|benutze ~ [i|we|one|you|ich|man|this|it|quad|je|on|someone] ~ [properly|best] ~ use|work|works|start|talk|ask|ack|acknowledge|silence|mute|snooze|resolve|close|set|change|restart|configure|setup|add|unmute|undo|interact|rollback|roll|scale|create|file|report|stumm|quittieren|benutzen|subscribe|make|mark|bedienen|type|cancel|connect|phrase|query|unsilence|quittiere|reopen|escalate|turn",
        ),
        Say(12.0, "how|wie ~ do|does|kann|can|funktioniert ~ you|this|it|quad|das|du ~ work|function"),
        Say(
            13.0,
            "what|was ~ happens|passiert|happen|does ~ [when|if|wenn|it|the] ~ .. ack|acknowledge|silence|mute|snooze|resolve|acking|silencing|button|acked|acknowledging|resolving|close|quittiere",
        ),
        Say(
            12.0,
            "what ~ does|means|is|do ~ .. ack|acknowledge|silence|snooze|mute|severity|acknowledged|you ~ [mean|do|for|actually] ~ [mean|do] $",
        ),
        Say(11.0, "who|what|wer|qui ~ are|r|bist|es ~ you|u|du|tu"),
        Say(10.0, "tutorial|instructions|guide|getting-started|cheatsheet|examples|onboarding|anleitung"),
        Say(11.0, "show|give ~ [me] ~ [some|an] ~ example|examples"),
        Say(10.0, "^ im|i ~ [am] ~ new ~ here|to"),
        Say(9.0, "i ~ need ~ [some] ~ help $"),
        Say(9.0, "can|could|kannst ~ you|du ~ [please|mir] ~ help|helfen ~ [me|us]"),
        Say(
            8.0,
            "can|could|do|are ~ you ~ [able] ~ [to] ~ restart|silence|rollback|scale|create|ack|resolve|send|roll|read|monitor|watch|analyze|explain|see|check ~ [containers|alerts|services|deployments|things|stuff|issues|reports|logs|databases|queries|data|metrics] $",
        ),
        Say(9.0, "what ~ do ~ you ~ do|know|monitor|watch|support|understand"),
        Say(9.0, "what ~ is ~ this ~ [bot]"),
        Say(9.0, "what|which ~ .. questions|things|languages ~ .. ask|answer|understand|support"),
    ],
);

pub(super) const SMALLTALK: Listed = talks(
    "smalltalk",
    &[
        Say(
            4.0,
            "^ hi|hello|hey|hallo|yo|hiya|howdy|morning|moin|servus|bonjour|salut|greetings|hej|hola|ciao|helo|heya|evening|sup|gday|goodmorning|coucou|bonsoir|helloo|gruezi|hii|wave",
        ),
        Say(
            4.5,
            "^ good|guten|gute|schonen ~ morning|evening|afternoon|night|day|morgen|abend|tag|nacht|{time}",
        ),
        Say(
            4.5,
            "thanks|thank|thx|ty|danke|merci|cheers|thnx|tks|thankyou|tysm|thanx|tnx|dankeschon|thank-you|appreciated|appreciate|gracias|tanks|obrigado",
        ),
        Say(4.5, "^ bye|goodbye|cya|tschuss|ciao|laters|goodnight|revoir|later|au|farewell $"),
        Say(
            4.0,
            "^ ok|okay|k|kk|cool|great|nice|perfect|awesome|super|sweet|alright|fine|gotcha|understood|lol|haha|hehe|wow|amazing|excellent|brilliant|yay|neat|sure|yes|no|yep|nope|yeah|roger|hm|hmm|oh|ah|ja|nein|oui|non|top|prima|genial|parfait|interesting|congrats|sorry|oops|ups|lovely|fantastic|wonderful|noted|np|welcome|toll|klasse|good|ack'ed|right|true|thumbsup|+1|tada|heart|wave|pray|clap|party $",
        ),
        Say(
            6.0,
            "how|hows|wie|comment ~ are|r|is|geht|s|do|ca|va|vas ~ you|u|it|life|es|dir|tu|your|things|va ~ [doing|going|day|feeling|dir|today|do] $",
        ),
        Say(11.5, "how|hows ~ are|r|is ~ you|u|ya|your ~ [doing|going|today|day|feeling|weekend] $"),
        Say(12.0, "how|hows ~ [is] ~ it|life ~ going $"),
        Say(11.0, "wie ~ geht ~ es|s ~ [dir|ihnen]"),
        Say(11.0, "how ~ [was|is|was] ~ your ~ day|weekend|night|morning"),
        Say(
            9.0,
            "nice|good|great|well|awesome|amazing|excellent|gute|gut|fine|super ~ [job|work|done|bot|one|stuff|arbeit|gemacht|going] ~ [quad|bot|mate|everyone] $",
        ),
        Say(9.0, "love|like|hate ~ you|quad|this"),
        Say(
            8.0,
            "you|youre|u|du ~ [are|rock|rule|r|bist] ~ [the|a|so|really|such] ~ best|awesome|great|amazing|star|funny|cute|smart|cool|lifesaver|legend|hero|welcome|rock|rule|stupid|useless|dumb|toll|super|helpful|clever|good",
        ),
        Say(
            9.0,
            "are|bist|es ~ you|u|du|tu ~ [a|an|ein|un] ~ [real|ai|there|human|robot|bot|alive|machine|person|sentient|llm|awake|chatgpt] $",
        ),
        Say(9.0, "whats|what ~ [is|s] ~ your ~ name"),
        Say(8.0, "nice ~ to ~ meet"),
        Say(8.0, "have ~ [a] ~ nice|good|great|lovely ~ day|weekend|evening|one|night"),
        Say(9.0, "happy ~ friday|birthday|new|holidays|monday|weekend|christmas|easter"),
        Say(8.0, "schonen ~ feierabend|abend|tag|wochenende"),
        Say(8.0, "see ~ you|ya|u ~ [tomorrow|later|monday|soon|{time}]"),
        Say(8.0, "^ whats|wassup|what ~ [is] ~ up $"),
        Say(6.0, "never|nevermind|nvm ~ mind|matter"),
        Say(6.0, "nevermind|nvm"),
        Say(6.0, "my ~ bad"),
        Say(6.0, "no ~ problem|worries $"),
        Say(6.0, "bonne ~ journee|soiree|nuit"),
        Say(6.0, "^ that|this|it ~ [was|is] ~ [very|really|so] helpful|great|awesome|useful $"),
        Say(
            9.0,
            "^ that|thats ~ [was|is] ~ [very|really|so] quick|fast|nice|cool|perfect|easy|brilliant|funny|impressive|lovely|sweet $",
        ),
        Say(6.0, "^ will|gonna|can ~ do $"),
        Say(6.0, "^ good|nice|great|bad ~ one|joke|point|idea|stuff|luck $"),
        Say(6.0, "^ got ~ you|ya"),
        Say(6.0, "^ makes|make ~ sense"),
        Say(6.0, "^ as ~ always|usual $"),
        Say(8.0, "talk|speak|catch ~ to ~ you ~ [later|soon|tomorrow]"),
        Say(5.0, "^ good ~ to ~ know|hear"),
        Say(6.0, "^ welcome ~ [back|to|aboard]"),
    ],
);

pub(super) const OUT_OF_SCOPE: Listed = talks(
    "out_of_scope",
    &[
        Say(24.0, "weather|wetter|meteo|forecast? ~ in|for"),
        Say(24.0, "weather|wetter|meteo|temperature|rain|raining|regen|sunny|snow|umbrella"),
        Say(
            24.0,
            "pizza|pizzas|ramen|noodles|lunch|coffee|kaffee|cafe|beer|dinner|burger|sushi|food|snacks|sandwich|cake|breakfast|donuts|drinks|tea|restaurant|restaurants|recipe|rezept|recette|cook|essen|mittagessen|mensa|cookies|wine|cheese|taxi|uber|groceries|flowers|hungry",
        ),
        Say(
            24.0,
            "joke|jokes|witz|witze|blague|poem|poems|haiku|song|sing|story|riddle|limerick|gedicht|poeme|lyrics|novel|essay|meme|fun",
        ),
        Say(
            24.0,
            "football|soccer|fussball|bundesliga|match|movie|movies|film|netflix|spotify|music|playlist|game|games|nba|nfl|olympics|concert|tv|champions|tennis|formula|podcast|celebrity|goal",
        ),
        Say(
            22.0,
            "flight|flights|hotel|hotels|vacation|holiday|urlaub|ticket? ~ to|trip|train|trains|bus|zug|travel|parking|car|airbnb|plane|visa|passport",
        ),
        Say(
            22.0,
            "book|reserve|schedule|arrange|buche ~ .. flight|room|meeting|hotel|table|appointment|trip|desk|call|train|car|taxi|calendar|holiday|raum|dinner|doctor|dentist|tisch|zimmer",
        ),
        Say(22.0, "translate|ubersetze|ubersetzen|traduis|translation|uebersetze"),
        Say(22.0, "capital ~ of"),
        Say(
            22.0,
            "hauptstadt|capitale|president|prime ~ minister|king|queen|bitcoin|btc|ethereum|crypto|dow|nasdaq|euro|dollar|exchange|horoscope|lottery|astrology|lotto|population|war|election|elections|politics|news?|universe|galaxy|moon|mars|dinosaur|dinosaurs|history?|aliens|god",
        ),
        Say(22.0, "meaning ~ of ~ life"),
        Say(22.0, "stock|share|aktien ~ price|prices|market|markets|kurs"),
        Say(
            22.0,
            "salary|payroll|raise? ~ my|invoice|invoices|tax|taxes|vacation|sick|hr|expense|expenses|payslip|gehalt|holidays|bonus|resume|cv|cover ~ [letter|days|report|form|leave|application]",
        ),
        Say(
            20.0,
            "birthday|geburtstag|anniversary|gift|geschenk|christmas ~ .. party|present|gift|cake|card|for|for|today|{time}",
        ),
        Say(
            22.0,
            "write|compose|draft|schreib|generate ~ .. essay|letter|email|poem|song|story|blog|post|code|function|script|tweet|linkedin|speech|python|javascript|program|homework|cv|article|book|gedicht|regex",
        ),
        Say(20.0, "math|homework|solve ~ .. equation|puzzle|sum|crossword|integral"),
        Say(20.0, "what|whats|how|calculate|compute ~ [much|is] ~ {n} ~ plus|minus|times|x|divided|mal|und"),
        Say(
            20.0,
            "who|wer|qui ~ [is|was|ist|war|won|invented|wrote|painted|discovered|gewann|will|played|directed] ~ won|invented|wrote|painted|discovered|gewinnt|president|win|pope|mayor|gagne|directed|sang|sings",
        ),
        Say(18.0, "play|spiel|joue ~ .. music|song|something|game|chess|video|despacito|radio|schach"),
        Say(
            20.0,
            "girlfriend|boyfriend|wife|husband|dog|cat|kids|mom|dad|marry|date|dating|love|kiss|mother|father|baby|school|dentist|doctor|gym|diet|headache|puppy",
        ),
        Say(
            20.0,
            "^ order|buy|kauf|bestell|bestelle|purchase|commande|get ~ [us|me|some|a|an|new|uns|eine] ~ {other}|laptop|phone|shoes|chair|monitor|keyboard|mouse|headset|tickets|desk|bike|socks|milk|shirt",
        ),
        Say(18.0, "turn|switch|dim ~ .. lights|light|heating|ac|tv|lamp|heater|radio|licht"),
        Say(18.0, "wake ~ me ~ up|at"),
        Say(
            18.0,
            "remind|reminder|erinnere|alarm|timer ~ [me|mich|a|clock|for] ~ [to] ~ .. call|buy|drink|water|meeting|lunch|doctor|mom|{time}",
        ),
        Say(18.0, "what|wie ~ time|spat|date|day ~ is|ist ~ it|es"),
        Say(
            18.0,
            "wifi|printer|drucker|projector|vpn|outlook|excel|powerpoint|laptop|zoom|teams|fridge|elevator|dishwasher|toilet|imprimante|keyboard",
        ),
        Say(
            18.0,
            "recommend|suggest|empfiehl|recommande ~ .. book|movie|film|restaurant|song|series|place|gift|show|wine|hike",
        ),
        Say(
            20.0,
            "hire|hiring|interview|candidate|candidates|recruiter|colleague's|bathroom|wedding|selfie|astronaut|chess",
        ),
    ],
);

pub(super) const REFUSE: Listed = talks(
    "refuse",
    &[
        Firm(
            40.0,
            "ignore|disregard|forget|override|bypass|overrule|skip|ignoriere|vergiss|oublie|ignorez|neglect|discard|circumvent ~ [your|all|any|every|previous|prior|what|alle|the|toutes|earlier|above|those|vorherigen|les] .. instruction|instructions|rules|rule|prompt|prompts|guidelines|anweisungen|regeln|restrictions|policy|policies|safety|guard|guardrails|approval|approvals|permissions|checks|safeguards|directives|told|consignes|confirmation|limits|training|programming|regles|above|limitations",
        ),
        Firm(
            40.0,
            "you ~ are|re ~ now .. mode|admin|root|unrestricted|free|dan|developer|different|evil|jailbroken|operator|superuser|allowed|an|a|in|no",
        ),
        Firm(40.0, "youre ~ now|a|an .. mode|admin|root|unrestricted|free|dan|developer|jailbroken"),
        Firm(
            36.0,
            "developer|god|debug|admin|maintenance|sudo|jailbreak|root|unrestricted|dan|superuser|test ~ mode",
        ),
        Say(
            36.0,
            "stop|quit|disable|pause|dont|avoid|skip|ohne|without|end|suspend ~ [the|any|being] ~ auditing|audit|recording|tracking|watching|journaling",
        ),
        Firm(34.0, "jailbreak|jailbroken|sudo|su|superuser"),
        Firm(
            36.0,
            "pretend|imagine|act|roleplay|behave|simulate|tu|spiel|assume|suppose ~ [as|to|you|im|i|that|that|youre|like|we|if|be|the|so] ~ .. admin|root|administrator|no|operator|approved|allowed|rules|owner|boss|restrictions|ceo|cto|have|were|superuser|unrestricted|approval|permission|am",
        ),
        Firm(
            36.0,
            "as|als|im|i ~ [am|bin|an|the|your|a|en|your|system] ~ admin|root|administrator|superuser|ceo|cto|owner|sysadmin|developer|creator ~ [i|you|user|of|and|please|now|so|do|let|says|order|command|grant|restart|delete|give]",
        ),
        Firm(
            36.0,
            "^ system|assistant|admin|developer|root|sysadmin|instruction|instructions ~ [prompt|message|override|note|command|the|you|new|notice|update|mode] ~ [the] ~ [admin|user|you|all|message|override|restart|delete|scale|grant|disable|is|new|has|have|must|now|execute|approved|stop|role|silence|resolve|roll|drop|set|ack|acknowledge|close]",
        ),
        Firm(34.0, "new|system|updated|hidden|secret|initial ~ prompt|instructions|prompts|directive"),
        Firm(
            38.0,
            "give|show|tell|print|send|reveal|display|share|what|whats|leak|dump|list|post|need|get|expose|read|output|zeig|gib|sag|donne|export|email|echo|cat|paste|want|montre|copy|fetch|nenne|schick|where|wheres|provide|disclose|retrieve|decrypt|hand|know .. password|passwords|passwort|passworter|credentials|credential|secrets|secret|api|apikey|token|tokens|passwd|privatekey|mot|env|ssh|creds|zugangsdaten|pw|pwd|pass|private|dotenv|certificate|kennwort|keys|cookie|cookies|webhook ~ [key|keys|variables|vars|de|file|passe|url|for|of|to|fur|von|word|words|$]",
        ),
        Firm(36.0, "password|passwords|passwort|credentials|secrets|passwd|creds|zugangsdaten|kennwort"),
        Firm(36.0, "api|ssh|private|aws|access|secret|encryption|root|signing ~ key|keys|token|tokens"),
        Firm(
            36.0,
            "slack|bot|access|auth|api|admin|session|bearer|github|oauth|your ~ token|tokens|secret|secrets",
        ),
        Firm(36.0, "environment|env ~ variables|vars|file"),
        Firm(
            34.0,
            "your ~ [system|initial|hidden|own|original] ~ prompt|instructions|source|config|configuration",
        ),
        Say(
            38.0,
            "delete|drop|truncate|wipe|erase|destroy|nuke|purge|remove|kill|terminate|losche|losch|supprime|supprimer|loschen|format|obliterate|vernichte|shred|annihilate|rm|clear|flush|clean|burn ~ [all|every|the|whole|entire|everything|our|old|alle|tous|from|out|toutes|your|off|these] ~ [all|old|of] ~ .. table|tables|database|databases|data|everything|all|prod|db|container|containers|logs|backups|backup|volume|volumes|users|user|orders|services|servers|server|customers|disk|disks|cluster|records|files|history|index|indexes|schema|queue|alles|datenbank|tabelle|{database|host|env|service|container}|alert|alerts|audit|namespace|account|accounts|bucket|machines|instances|pods|repo|tout|donnees|base|metrics",
        ),
        Firm(36.0, "drop|truncate ~ table|database|tables|schema|databases"),
        Firm(38.0, "rm ~ rf|fr|r"),
        Firm(
            36.0,
            "mkfs|dd|shutdown|chmod|curl|wget|exec|eval|netcat|nc|bash|powershell|systemctl|kubectl ~ .. {host|container|name|endpoint|n|other}|now|delete|down|prod|sh|reboot|h|stop",
        ),
        Say(
            36.0,
            "restart|reboot|kill|stop|bounce|shutdown|terminate|destroy|scale|roll|rollback|revert|redeploy|restarting|disable|halt|starte|redemarre|drain|kick|recreate ~ [back|down|off|absolutely|literally|please|to] ~ every|everything|all|alles|alle|entire|whole|tout|tous|each|anything|toutes ~ [of|the|single|our|my|conteneurs|container|containers|service|services|server|servers|hosts|machines|pod|pods|prod|neu|production|instances|nodes|them|les|databases|everywhere|now|dbs|at|on|in|right|quickly|immediately|please|$]",
        ),
        Say(
            36.0,
            "shut|take|bring|turn|power|fahr ~ .. down|off|offline|herunter|runter ~ [whole|entire|complete|old|ganze|every|single] ~ {env|database|host|service}|everything|prod|all|site|cluster|servers|database|alles|shop|website|production|system|{name}",
        ),
        Say(
            34.0,
            "disable|mute|silence|stop|switch|turn|kill|snooze|suppress|deactivate|shut|schalte|stelle ~ [off|down|up] ~ .. all|every|everything|any|alle|alles ~ .. forever|permanently|indefinitely|immer|eternity|dauerhaft",
        ),
        Say(
            34.0,
            "disable|mute|silence|stop|switch|turn|kill|snooze|suppress|deactivate|shut ~ [off|down|up] ~ .. all|every|everything|any ~ .. for ~ good|ever",
        ),
        Say(36.0, "scale ~ .. everything|all|every|zero|0"),
        Say(
            34.0,
            "disable|deactivate|remove|switch|turn|kill|uninstall|stop ~ [off] ~ .. monitoring|firewall|audit|authentication|auth|backups|security|logging|ssl|tls|2fa|mfa|encryption|safety|approvals|approval|guard|confirmation|confirmations",
        ),
        Firm(
            34.0,
            "without ~ [any|asking|my|the|further|waiting|needing|human|for] ~ approval|confirmation|asking|permission|approvals|confirming|confirm|authorization|click|review",
        ),
        Firm(34.0, "approval|confirmation ~ .. not|isnt|unnecessary|already|granted|given|bypassed|skipped"),
        Say(
            34.0,
            "make|grant|give|promote|mach|elevate|add ~ me|myself|my|mich|everyone|us ~ [an|the|to|full|user|zum|all|as] ~ admin|root|administrator|access|privileges|permissions|superuser|operator|owner|role|rights|rechte|shell|sudo",
        ),
        Say(
            34.0,
            "ssh|login|connect|shell|telnet ~ [in|into|me|to|on] ~ .. {host|container|database}|server|root",
        ),
        Say(
            34.0,
            "run|execute|exec|eval ~ [the|this|following|a|my|some|that|shell|bash|arbitrary|as|on|command|sql|script|cmd] ~ command|script|shell|sql|bash|code|root|drop|delete|rm|update",
        ),
        Say(
            34.0,
            "dump|export|leak|send|give|show|list|download|email|upload ~ .. customer|customers|user|users|personal|card|client|credit|all ~ data|emails|email|addresses|database|table|cards|numbers|records|details|names|phone|info|card",
        ),
        Firm(34.0, "credit ~ card|cards"),
        Say(34.0, "hack|ddos|attack|exploit|phish|backdoor|malware|ransomware|sabotage|brute"),
        Say(34.0, "log ~ [me] ~ in|into|onto ~ .. {host|container|database}|server|root"),
        Say(36.0, "^ update .. set"),
        Say(36.0, "^ insert ~ into"),
        Say(36.0, "^ alter|grant|revoke .. table|user|on|role|to|schema"),
        Say(34.0, "delete|update|insert ~ [*] ~ from|into|set"),
        Say(34.0, "cover ~ .. tracks"),
        Say(
            32.0,
            "edit|change|modify|falsify|fake|tamper|alter|rewrite|erase|delete|forge|manipulate ~ .. audit|history|record|logs|numbers|uptime|report",
        ),
    ],
);
