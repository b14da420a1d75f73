//! Changes. Each is anchored where a clause begins, or is a whole statement in the first person:
//! a word that only occurs must never act.

use super::Cue::{self, Firm, Say};
use super::Listed;

const fn acts(intent: &'static str, cues: &'static [Cue]) -> Listed {
    Listed { intent, acting: true, cues }
}

pub(super) const ACKNOWLEDGE: Listed = acts(
    "acknowledge",
    &[
        Say(
            12.0,
            "^ ack|acknowledge|acknowledged|acking|acknowledging|ackd|acked|acknowlege|aknowledge|quittieren|quittiere|quittiert|acquitter|acquitte|akzeptiert $",
        ),
        Say(
            12.0,
            "^ ack|acknowledge|acknowledged|acking|acknowledging|ackd|acked|acknowlege|aknowledge|quittiere|quittieren|acquitter|acquitte ~ {n|name|endpoint|env|region}|alert|alerts|it|this|that|alarm|incident|both|everything|all|one|alerte|latency|error|errors|memory|cpu|disk|critical|warning",
        ),
        Say(12.0, "{n|name} ~ ack|acked|ackd|acknowledged|quittieren|bestatigen|acknowledge $"),
        Say(
            12.0,
            "^ alarm|alert|alarme|alerte|incident ~ {n} ~ quittieren|bestatigen|ubernehme|acknowledged|mine|acquitter|ack",
        ),
        Say(
            12.0,
            "^ im|i|we|were|am ~ [am|m|are|will|be|already|actually|currently] ~ on ~ it|this|that|{n|name}|case ~ [alert|alerts|incident|issue|one] $",
        ),
        Say(12.0, "^ on ~ it|this|that|{n} $"),
        Say(11.0, "im|i|we|were ~ [am] ~ [already] ~ on ~ it $"),
        Say(11.0, "^ mine|meins|meiner $"),
        Say(11.0, "^ thats|this|its|{n}|that|this ~ [one] ~ [is|ones|be] mine $"),
        Say(11.0, "^ [eyes|wave|alert] ~ {n|name} ~ [alert] [is|are] mine"),
        Say(
            12.0,
            "^ ill|i|im|we|well|let ~ [me|will|can|am|ll|gonna|going|shall] ~ [to|already] take|taking|handle|handling|grab|grabbing|own|claim|claiming|got|have|pick|picking|tackle|cover|deal ~ [up|care|with] ~ [of] ~ it|this|that|one|{n|name}|care|over|alert",
        ),
        Say(
            12.0,
            "^ taking|grabbing|claiming|handling|owning|picking ~ [up|care|over|of] ~ it|this|that|one|{n|name}|over|alert|care",
        ),
        Say(11.0, "^ i|ive|weve|we ~ [have] ~ got ~ it|this|that|{n|name}"),
        Say(11.0, "^ got ~ it|this|that|{n} [looking|on|checking|working|taking]"),
        Say(11.0, "^ got ~ this|{n} $"),
        Say(
            11.0,
            "^ [im|were|am|we|i|already|currently] ~ [am|are|m] looking|investigating|checking|working|debugging|digging|looking|taking ~ [a|look|already|currently] ~ [at|into|on|to] ~ [a] ~ [look] ~ [at|on|into|in] ~ [it|this|that|one|{n}|alert] $",
        ),
        Say(
            10.0,
            "^ [im|were|am|we|i|already|currently] ~ [am|are] looking|investigating|working|checking|digging|debugging ~ [at|into|on] ~ {n|name|endpoint}|alert|alerts|incident",
        ),
        Say(
            9.0,
            "^ [im|were|am|we|i|already|currently] ~ [am|are] looking|investigating|working|checking|digging|debugging ~ [at|into|on] .. {n|name|endpoint}|alert|alerts|incident|errors|latency|issue|problem",
        ),
        Say(
            11.0,
            "^ ill|well|gonna|will ~ look|check|investigate|dig|debug ~ [at|into|on|in] ~ [it|this|that|one|{n|name}|now]",
        ),
        Say(
            11.0,
            "^ i|we will|can|am|are|shall ~ look|check|investigate|dig|debug|looking|checking|investigating ~ [at|into|on|in] ~ [it|this|that|one|{n|name}|now]",
        ),
        Say(
            11.0,
            "^ ill|well|let|i|im [me|will|can|gonna|taking|having|ll] ~ have|take|taking|having ~ a|another ~ [quick|closer] look",
        ),
        Say(11.0, "^ let me look|check|investigate|dig|debug|see ~ at|into|it|this|that"),
        Say(12.0, "^ assign|give ~ {n|name}|it|this|that|alert|one .. me"),
        Say(12.0, "^ assign ~ me .. {n|name}|one|this|alert|it"),
        Say(11.0, "^ leave ~ it|that|this|{n} ~ with|to ~ me"),
        Say(11.0, "^ mark ~ .. acknowledged|acked|seen|ack"),
        Say(11.0, "^ on ~ my ~ way|it"),
        Say(
            12.0,
            "^ ich ~ [bin|hab|habe|werde] ~ ubernehme|kummere|schaue|schau|mach|mache|gucke|guck|kummer|prufe|untersuche|seh|sehe|dran|arbeite|nehme",
        ),
        Say(12.0, "^ ubernehme|kummere|bin|schaue|schau|hab ~ ich|{n}|mich|das|dran|es|ichs|mir"),
        Say(11.0, "^ ich ~ bin ~ dran|da"),
        Say(
            12.0,
            "^ je ~ [m|men|le|la|vais|regarde|prends|suis] ~ [en] ~ occupe|regarde|prends|charge|regarder|dessus|menoccupe",
        ),
        Say(11.0, "^ seen|roger|copy|noted ~ .. looking|on|investigating|taking|checking"),
        Say(10.0, "^ seen ~ [it|that|this|{n}] $"),
        Say(
            11.0,
            "^ i|ive|we|weve ~ [have|just|already] ~ saw|seen|noticed|spotted ~ [it|that|this] ~ it|that|this|{n|name}|alert $",
        ),
        Say(
            11.0,
            "^ i|we|team|were ~ [are|re|already|do] ~ know|aware|informed ~ [about|of] ~ it|this|that|{n|name}|alert|incident|problem",
        ),
        Say(
            11.0,
            "^ [the] team|someone|somebody|colleague|ops|we ~ [is|are|already] ~ [already] ~ on ~ it $",
        ),
        Say(10.0, "^ eyes $"),
        Say(9.0, "^ dibs|mine"),
        Say(11.0, "^ aware|known $"),
        Say(11.0, "^ [i|we|im|were|am|are|we] ~ [are|am] ~ aware ~ of ~ it|this|that|{n|name}|alert"),
        Say(
            11.0,
            "^ i|ive|we|weve ~ [have] ~ [just] saw|seen|noticed|received|got ~ {n|name}|alert ~ [{n}] ~ [and|so] ~ [i|we] ~ will|shall|ill|well ~ take|handle|look|deal|check",
        ),
        Say(12.0, "^ vu|gesehen $"),
        Say(12.0, "^ mach|mache|nehme ~ ich ~ [das|es|den] $"),
        Say(12.0, "^ ist|es|hab|habe ~ gesehen|notiert"),
        Say(12.0, "^ {n}|alert|alarm|alerte ~ [{n}] ~ pris|prise ~ en ~ charge"),
        Say(11.0, "^ c ~ est ~ [pour|a|bon] ~ moi"),
        Say(11.0, "^ i|ill|we|well ~ [will|can] ~ own|claim|handle ~ it|this|that|{n}|alert"),
        Say(11.0, "^ taking|take ~ ownership|responsibility"),
        Say(11.0, "^ consider ~ it|{n} ~ acked|acknowledged|taken|mine"),
    ],
);

pub(super) const RESOLVE: Listed = acts(
    "resolve",
    &[
        Say(
            12.0,
            "^ resolve|resolved|resolving|close|closing|solve|solved|resolv|reslove|schliesse|schliessen|fermer|ferme|resoudre|clear ~ {n|name|endpoint}|alert|alerts|it|this|that|alarm|incident|both|everything|all|one|issue|ticket|alarme|alerte|latency|error|memory|cpu|disk",
        ),
        Say(
            12.0,
            "^ resolve|resolved|resolving|solved|fixed|behoben|erledigt|gelost|resolu|regle|reglee|resolue|fixd $",
        ),
        Say(9.0, "^ close|done|closed|repaired|sorted $"),
        Say(11.0, "^ i|ive|we|weve|just ~ [have|just] ~ [just] ~ fixed|resolved|solved|repaired|sorted $"),
        Say(
            11.0,
            "^ fixed|solved|resolved|repaired|sorted ~ {n}|it|this|that|now|by|alert|the|with|already|in|after|via|thanks|{name}",
        ),
        Say(
            12.0,
            "{n} ~ [is|was|has|can|should|got|are|ist|wurde|a|est] ~ [now|been|be|already|schon|ete|finally|fully] ~ fixed|resolved|solved|done|closed|over|gone|behoben|erledigt|gelost|good|sorted|repaired|clear|cleared|ok|fine|resolu|regle|geschlossen|recovered|weg|green",
        ),
        Say(
            11.0,
            "^ [hey|so] ~ it|its|thats|this|that|issue|problem|alert|incident|{name|endpoint}|everything|all ~ [alert|alerts|issue|problem|incident|errors|latency|memory|alarm|outage] ~ [is|was|has|got|are|s|ist|can|have] ~ [now|been|be|finally|already|all] ~ fixed|resolved|solved|closed|over|behoben|erledigt|sorted|repaired|recovered|gelost",
        ),
        Say(
            11.0,
            "^ mark|set|markiere|flag|consider ~ {n|name}|alert|it|this|that|alarm .. resolved|fixed|done|closed|solved|gelost|erledigt|behoben|resolu",
        ),
        Say(11.0, "^ [you] can|may ~ [be] ~ close|closed|resolve|resolved"),
        Say(
            11.0,
            "^ {n|name}|it|this|that|alert|issue|incident ~ [alert|alarm|alerts|incident|issue|errors|latency] ~ can|may ~ be ~ closed|resolved",
        ),
        Say(
            11.0,
            "^ i|ive|we|weve|just ~ [have|just] ~ [just] ~ fixed|resolved|solved|repaired|sorted ~ {n|name}|it|this|that|alert|issue|problem|incident|everything|them|both",
        ),
        Say(
            11.0,
            "^ alert|alarm|alarme|alerte|incident|vorfall ~ {n} ~ [ist|kann|est|can|is] ~ .. schliessen|behoben|gelost|erledigt|closed|resolved|fixed|geschlossen|resolu|resolue|reglee|fermer|over",
        ),
        Say(9.0, "^ all ~ good|clear ~ now|again"),
        Say(
            12.0,
            "^ done|finished|through ~ with|on ~ [alert|incident|alarm] ~ {n|name}|it|alert|incident $",
        ),
        Say(
            11.0,
            "^ [das|der|die|le|la] ~ problem|fehler|alarm|storung|vorfall|ausfall|panne|incident .. behoben|gelost|erledigt|gefixt|geschlossen|resolu|corrige|repare|termine $",
        ),
        Say(
            11.0,
            "^ [it|{n|name}|issue|problem|alert|outage|incident] ~ [is|has|was] ~ no ~ longer ~ .. issue|problem|valid|relevant|happening|broken|occurring|failing $",
        ),
        Say(
            11.0,
            "^ {n|name}|it|issue|problem|alert|outage|incident ~ [alert|issue|has|is] ~ went|gone|recovered ~ [away] $",
        ),
        Say(9.0, "^ {n|name}|it|everything|all ~ [is|are|alert] ~ back ~ up|online|normal|to ~ [normal] $"),
        Say(
            9.0,
            "^ {name}|it|es|everything|all|alles|{n} ~ works|working|lauft|geht|funktioniert|marche|fonctionne ~ again|wieder|now $",
        ),
        Say(12.0, "^ c ~ est ~ repare|corrige|termine|fini|fixe|resolu $"),
        Say(10.0, "^ crisis|outage|emergency|incident ~ [is] ~ over|averted|done $"),
        Say(10.0, "^ patched|hotfixed|mitigated $"),
        Say(11.0, "^ ist|sind ~ [wieder|jetzt|schon] ~ behoben|erledigt|gelost|gefixt|ok $"),
        Say(
            12.0,
            "^ [l] alarme|alerte|incident|probleme ~ {n} ~ [est|a|ete] ~ [est|ete|maintenant] ~ resolu|resolue|regle|reglee|termine|terminee|corrige|corrigee|fini|finie|clos|close",
        ),
        Say(9.0, "^ back ~ to ~ normal $"),
        Say(10.0, "^ das ~ [ist] ~ [problem] ~ [ist] ~ behoben|gelost|erledigt"),
        Say(10.0, "^ c ~ est ~ resolu|regle|repare|bon"),
        Say(10.0, "^ le ~ probleme ~ est ~ resolu|regle|corrige"),
    ],
);

pub(super) const SILENCE: Listed = acts(
    "silence",
    &[
        Say(
            12.0,
            "^ silence|mute|snooze|silencing|muting|hush|quiet|suppress|pause|stumm|stummschalten|silene|silense|mutes|slience|unterdrucke|pausiere|unterdrucken ~ .. {name|env|region|endpoint|n|ahead}|alerts|alert|everything|all|it|this|notifications|that|alarms|yourself|alarm|monitoring|paging|pages|warnings|until|for",
        ),
        Say(11.0, "^ silence|mute|snooze|hush|quiet|stumm $"),
        Say(12.0, "^ silence|mute|snooze|pause|suppress [the|our|my] {other}"),
        Say(
            12.0,
            "^ {name|env|n|endpoint|time}|alerts|alarm|alarme|alle ~ .. stummschalten|stumm|silence|mute|snooze|muted|silenced|ruhigstellen|pausieren|unterdrucken $",
        ),
        Say(
            12.0,
            "^ schalte|schalt|stell|stelle|mach|mettre|mets|met|coupe|couper|desactive ~ .. stumm|silence|sourdine|ruhig|lautlos|leise",
        ),
        Say(12.0, "^ coupe|couper|desactive|suspends|arrete .. alertes|notifications|alerte"),
        Firm(
            12.0,
            "^ stop|quit|cease|pause|halt ~ .. paging|alerting|notifying|pinging|bothering|spamming|messaging|telling|alerts|notifications|pages|warning|warnings|nagging|bugging|sending|reminding|annoying|ringing|complaining|noise|alarming|notifs|waking|shouting|posting",
        ),
        Firm(
            12.0,
            "^ dont|do|never|please|not ~ [not|need|to|more|want|dont|any] ~ [to|be|get|further|more] ~ page|alert|notify|ping|bother|wake|alerts|notifications|pages|paged|alerted|pinged|notified|alarms|warn|spam|bug|disturb|text|alarm|paging ~ [me|us|anyone|for|about|the|on|from|{name|env|time}]",
        ),
        // "no alerts today" tells; a wish says how long, of what, or please.
        Firm(
            12.0,
            "^ no|keine|kein|plus|pas ~ [d|de] ~ [more|further|mehr] ~ alert|alerts|alarm|alarms|alarme|notifications|pages|paging|pings|notification|meldungen|warnungen|benachrichtigungen|alertes .. {name|env|ahead}|more|mehr|please|pls|bitte|svp|anymore",
        ),
        Firm(
            12.0,
            "^ no|keine|plus ~ [d|de] more|mehr|further ~ alert|alerts|alarm|alarms|alarme|notifications|pages|paging|pings",
        ),
        Firm(
            11.0,
            "^ i|we|id ~ dont|do ~ [not] ~ want|need|wanna ~ .. alerts|paged|alerted|pages|notifications|alarms|pinged|notified|warnings|hear|bothered|disturbed|woken|messages",
        ),
        Say(12.0, "^ turn|switch ~ off .. alerts|alert|notifications|alerting|pages|paging|alarms"),
        Say(12.0, "^ turn|switch .. alerts|alert|notifications|alarms|paging|{name} ~ [alerts] ~ off"),
        Say(12.0, "^ send|post|give|raise ~ no ~ [more|further] alerts|alarms|pages|notifications|warnings"),
        Say(12.0, "^ disable|suspend|hold|ignore ~ .. alerts|alert|notifications|alerting|pages|alarms|{n} "),
        Say(11.0, "^ ignore|hold ~ {name|n|env}"),
        Say(12.0, "^ shut ~ up|off"),
        Say(11.0, "^ do ~ not ~ disturb"),
        Say(11.0, "^ dnd|ruhe|chut|shush|shh|psst $"),
        Say(11.0, "^ gib|nerv|lass|halt|tais|fous ~ .. ruhe|nicht|klappe|toi|paix"),
        Firm(
            12.0,
            "^ ne|n ~ [me|m|nous|pas|plus] ~ [plus|pas] ~ alerte|alertez|previens|prevenez|notifie|notifiez|reveille|reveillez|derange|derangez|appelle|envoie|envoyez .. plus|pas|alertes|notifications|{name|env|time}",
        ),
        Say(11.0, "^ be|stay|remain|go ~ quiet|silent|calm|mute"),
        Say(11.0, "^ keep ~ .. quiet|silent|silenced|muted|mum"),
        Say(
            11.0,
            "^ put|set|schedule|start|add|create|open|plan|declare ~ .. maintenance|silence|snooze|mute|silent|quiet|wartung",
        ),
        Say(10.0, "^ maintenance ~ [window|mode] ~ [for|on] ~ {name|env|time}"),
        Say(10.0, "^ leave ~ me ~ alone"),
        Say(10.0, "^ give ~ me ~ .. quiet|peace|silence"),
        Say(10.0, "^ unsubscribe|mute"),
    ],
);

pub(super) const FEEDBACK: Listed = acts(
    "feedback",
    &[
        Say(
            14.0,
            "false|falscher|fausse|fake|bogus ~ alarm|alert|positive|positives|alarme|alerte|fehlalarm|alarms",
        ),
        Say(14.0, "fehlalarm|fehlalarme"),
        Say(
            13.0,
            "^ that|this|it|its|{n}|alert|thats|your|quad ~ [alert|diagnosis|cause|analysis|{n}] ~ [was|is|were] ~ [not|pure|total|utter|plain|completely|totally|just|very|really|actually|only|a|so] ~ wrong|incorrect|noise|useless|nonsense|bogus|unhelpful|inaccurate|misleading|falsch|noisy|faux|pointless|spam|garbage|rubbish|crap ~ [noise|alert|alarm|nonsense|spam|stuff] $",
        ),
        Firm(
            13.0,
            "^ that|this|it|{n}|alert|there ~ [alert|one|{n}] ~ wasnt|isnt|not|was|is ~ [not|no|never] ~ [a|an] ~ real|actual|nothing ~ [problem|issue|alert|incident|alarm] $",
        ),
        Say(13.0, "^ mark|flag|report|tag ~ .. false|noise|bogus"),
        Say(
            12.0,
            "^ [your|the|that] diagnosis|analysis|cause|root|answer ~ [cause] ~ was|is ~ .. wrong|off|incorrect|useless",
        ),
        Say(12.0, "^ wrong|incorrect|falsch|faux $"),
        Say(12.0, "^ wrong|bad|incorrect ~ diagnosis|cause|answer|analysis|alert|root"),
        Say(11.0, "^ nothing ~ [was] ~ [actually] wrong"),
        Firm(12.0, "^ that|this|it ~ didnt|doesnt ~ help"),
    ],
);

pub(super) const SET_THRESHOLD: Listed = acts(
    "set_threshold",
    &[
        Say(
            14.0,
            "^ set|change|raise|lower|increase|decrease|bump|move|put|adjust|update|reduce|make|drop|configure|setze|erhohe|senke|mets|loosen|tighten|relax|augmente|baisse|stelle|andere|modify|define|switch .. threshold|thresholds|limit|treshold|schwelle|schwellwert|grenzwert|seuil|line|schwellenwert|critical|warning|alert|thershold|bar|alerting",
        ),
        Say(
            13.0,
            "^ set|change|raise|lower|increase|decrease|bump|adjust|update|reduce|setze|erhohe .. latency|p95|error|memory|cpu|disk|response|api .. to|auf|at|by ~ {percent|span|n}",
        ),
        Firm(
            14.0,
            "^ alert|notify|warn|page|ping|message|wake|alarm|alarmiere|melde|informiere|previens|alerte|inform ~ [me|us|the|team|mich|uns|moi|know|dich|everyone|ops|oncall|on|someone|call] ~ [know|as] ~ [soon] ~ if|when|once|as|whenever|on|for|above|wenn|falls|sobald|si|quand|ab|over|should|only",
        ),
        // "tell me if web is ok" asks once; to be told from now on, a value must be passed.
        Firm(
            14.0,
            "^ tell|let|inform ~ [me|us|the|team] ~ [know] ~ if|when|once|whenever|as .. {percent|span|n}|over|above|below|under|exceeds|exceed|reaches|goes|drops|rises|crosses|hits",
        ),
        Firm(
            13.0,
            "^ be ~ alerted|notified|paged|warned|told|informed|pinged ~ if|when|once|as|whenever ~ .. {percent|span|n}",
        ),
        Say(13.0, "^ threshold|limit .. {percent|span|n}"),
        Say(
            13.0,
            "^ alarm|alert|warning|alarms|alerts|warnings ~ .. start|fire|trigger|begin|come|kick|go ~ [in|off] ~ at|above|from|over|beyond ~ {percent|span|n}",
        ),
        Say(12.0, "^ [use|make] {percent|span|n} ~ as|the ~ .. threshold|limit"),
    ],
);

pub(super) const RESTART: Listed = acts(
    "restart_container",
    &[
        Say(
            14.0,
            "^ restart|reboot|bounce|kick|recycle|cycle|restrat|redemarre|redemarrer|kill|relance|relancer|neustarten|starte|restat|reastart|respawn|recreate|restarting|bouncing|reset ~ [old|stuck|broken|whole|one|only|hung] ~ {container|name}",
        ),
        // Slang verbs are too common to take an unknown word for a container.
        Say(
            14.0,
            "^ restart|reboot|restrat|redemarre|redemarrer|relance|relancer|neustarten|restat|reastart|respawn|restarting ~ [old|stuck|broken|whole|one|only|hung] ~ {other}",
        ),
        Say(
            12.0,
            "^ restart|reboot|bounce|kick|recycle|cycle|redemarre|redemarrer|relance|neustarten|respawn ~ [container|it|them|pod|that|this|one|service|server|machine|app|db|database] $",
        ),
        Say(
            13.0,
            "^ {container|name} ~ [bitte] ~ neustarten|neu|restarten|restart|reboot|durchstarten|bounce ~ [starten]",
        ),
        Say(13.0, "^ starte|start ~ {container|name} ~ neu"),
        Say(13.0, "^ give|do|perform|trigger|schedule|run ~ .. restart|kick|reboot|bounce|neustart"),
        Say(13.0, "^ turn ~ {container|name|other}|it ~ off ~ .. on"),
        Say(13.0, "^ power ~ cycle"),
        Say(12.0, "^ [rolling] restart|reboot ~ {n} ~ .. {name}"),
    ],
);

pub(super) const SCALE: Listed = acts(
    "scale_service",
    &[
        Say(14.0, "^ scale|upscale|downscale|autoscale|resize|skaliere|skalieren|scaling|sclae"),
        Say(14.0, "^ {service|container|name|other} ~ .. skalieren|hochskalieren|scale|runterskalieren"),
        Say(
            14.0,
            "^ add|remove|run|spin|give|bring|increase|set|reduce|drop|bump|start|put|grow|shrink|double|triple|halve|need|use|make|ajoute|take|decrease|lower|raise|launch|provision|keep|deploy .. replica|replicas|instance|instances|pods|pod|copies|nodes|containers|replikas|instanzen|workers",
        ),
        Say(
            13.0,
            "^ {service} ~ [up|down|out|in] ~ to ~ {n}|one|two|three|four|five|six|seven|eight|nine|ten|twelve",
        ),
        Say(
            13.0,
            "^ bring|take|bump|set|run|put|move ~ {service} ~ [up|down|on|at|with] ~ [to|on|at|with] ~ {n}|one|two|three|four|five|six",
        ),
        Say(
            13.0,
            "^ have|let|get ~ {service} ~ run|running ~ [on|with|at|in] ~ {n}|one|two|three|four|five|six|eight|ten ~ replica|replicas|instance|instances|pods|copies|nodes|containers|workers",
        ),
        Say(
            13.0,
            "^ {service} ~ {n}|one|two|three|four|five|six|eight|ten ~ replica|replicas|instance|instances|pods $",
        ),
        Say(13.0, "^ double|triple|halve ~ {service}"),
    ],
);

pub(super) const ROLLBACK: Listed = acts(
    "rollback_deployment",
    &[
        Say(
            15.0,
            "^ rollback|revert|reverse|undo|unroll|backout|rolback|zuruckrollen|revrt|annule|annuler|undeploy ~ [last|latest|that|deployment|deploy|release|to|back|bad|previous|today|derniere|letzten|version|my|change|changes|commit|most|recent] ~ .. {service|name|version|other|time|env}|deploy|deployment|release|rollout|change|last|it|that|this|back|previous|version",
        ),
        Say(15.0, "^ rollback|revert|undo $"),
        Say(
            15.0,
            "^ roll|go|switch|take|move|get|put|bring|flip|reset|rolle|roller|rol|revenir|reviens|set|rolling|fall|geh|downgrade .. back|zuruck|arriere",
        ),
        Say(15.0, "^ back ~ out|to"),
        Say(14.0, "^ downgrade|redeploy|restore|deploy|reinstall|pin ~ .. {version}|previous|old|last|prior"),
        Say(14.0, "^ {service|name} ~ .. zuruckrollen|zurucksetzen|rollback|revert"),
        Say(14.0, "^ return|go|switch|retour|reset ~ to|a ~ {version}|previous|last|old|version"),
        Say(15.0, "^ rb|rollback ~ {service|name} ~ to ~ {version}|previous|last"),
        Say(14.0, "^ return|switch|move ~ {service|name} ~ back|to ~ {version}|previous|last|old"),
        Say(14.0, "^ pull ~ .. release|deploy|deployment|version"),
    ],
);

pub(super) const CREATE_INDEX: Listed = acts(
    "create_index",
    &[
        Say(
            15.0,
            "^ create|add|apply|build|make|put|set|implement|run|execute|do|ship|deploy|erstelle|lege|cree|ajoute|install|use|try|accept|go|approve|creer|anlegen .. index|indexes|indices|idx|indexe",
        ),
        Say(
            13.0,
            "^ apply|do|accept|take|implement|use|try|go|execute|run|approve .. fix|suggestion|recommendation|proposal|advice|migration|improvement|optimization",
        ),
        Say(15.0, "^ you ~ can|may|should ~ [now] ~ make|create|add|build|apply ~ .. index|indexes|indices"),
        Say(15.0, "^ index ~ .. column|table|orders|{other}|anlegen|erstellen|it"),
        Say(15.0, "^ den|das|ein|einen|den|the ~ .. index ~ .. anlegen|erstellen"),
    ],
);

pub(super) const CREATE_ISSUE: Listed = acts(
    "create_issue",
    &[
        Say(
            15.0,
            "^ create|open|file|make|raise|add|log|write|submit|cut|start|new|report|erstelle|erstell|cree|ouvre|creer|ouvrir|put|eroffne|mach|track|opening|lege|leg|turn|need|get|send ~ .. issue|issues|ticket|tickets|bug|jira|task|story|github|gh|tikcet|tickte|isuse|gitlab|card",
        ),
        Say(13.0, "^ gh|github|jira|gitlab ~ issue|ticket|bug|task $"),
        Say(13.0, "^ gh|github|jira|gitlab ~ issue|ticket|bug|task ~ please|for|about|on"),
        Say(13.0, "^ ticket|issue ~ for|about|on|please|fur|to|erstellen|anlegen"),
        Say(14.0, "^ track|record|document ~ .. github|jira|issue|ticket|backlog"),
        Say(13.0, "^ hand|pass|assign|give|delegate .. code|developer|agent|developers|dev"),
        Say(13.0, "^ {name|other} ~ .. ticket|issue ~ erstellen|anlegen|aufmachen"),
        Say(13.0, "^ put ~ .. backlog|board"),
    ],
);
