//! What words are about, whatever the language: "slow", "langsam" and "rame" are one thing to the ranker.
//!
//! One concept a line: its name, then words; `slow*` is the beginning of words. Words are lower case and
//! without accents, as items have them.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The concepts that a word belongs to.
pub(super) fn concepts(word: &str) -> Vec<&'static str> {
    let mut found = LEXICON.words.get(word).cloned().unwrap_or_default();
    for end in word.char_indices().map(|(at, _)| at).filter(|at| *at >= 3).chain([word.len()]) {
        if let Some(more) = LEXICON.stems.get(&word[..end]) {
            found.extend(more);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[derive(Default)]
struct Lexicon {
    words: HashMap<&'static str, Vec<&'static str>>,
    stems: HashMap<&'static str, Vec<&'static str>>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon::default();
    for line in CONCEPTS.lines() {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        for word in words {
            match word.strip_suffix('*') {
                Some(stem) => lexicon.stems.entry(stem).or_default().push(name),
                None => lexicon.words.entry(word).or_default().push(name),
            }
        }
    }
    lexicon
});

const CONCEPTS: &str = "
SLOW slow* sluggish* lag lags lagging laggy latenc* crawl* snail* molasses glacial* drag drags dragging dragg* hang hangs hanging hung forever ages eternity stuck stall* freez* frozen spinner spinning spins wait waits waiting delay* unresponsive langsam* trage traege lahm* lahmt ewig* zah schleich* schnecke* hangt haengt klemmt ruckel* dauert braucht wartet warten lent lente lents lentes lenteur* ralenti* rame rament ramer traine* attend attendre patine timeline zeitlupe escargot bog* choke* chok* treacle syrup tortoise turtle dialup 1998 1999 load loads loading ladt laedt laden charge chargent
TIMING latenc* response* p50 p90 p95 p99 p999 p99s p95s ttfb rtt apdex antwortzeit* reaktionszeit* latenz* ladezeit* percentile* quantile* median milliseconds duration* dauer temps timing* speed speeds performance perf fast faster quick quicker schnell* geschwindigkeit rapide rapid* vitesse respond* answer antwort* repon* latence
ERROR error* err errs eror* fehler* erreur* exception* stacktrace* traceback* panic* segfault* fault* bug bugs buggy fail* broken broke breaks breaking crash* throw* threw refus* reject* denied unauthorized forbidden timeout* timed 4xx 5xx kaputt* defekt* defect* panne* plante* echoue* echec* casse* cassee cassees geht bug marche fonctionne* funktioniert* abgebroch* absturz* sturzt abgesturzt* ausnahme* declin* corrupt* garbage invalid empty blank null glitch* malfunction* misbehav* 500 500s 501 502 502s 503 503s 504 504s 404 404s 401 401s 403 400 400s 429 429s 422 409 borked busted fubar stacktraces npe nullpointer* econn* deadlock* unavailable unreachable nogo
QUERY quer* statement* sql sqls select selects abfrage* requete* n+1 nplus1 slowlog pg_stat* joins orm explain cursor* prepared
DATABASE db dbs database* datenbank* postgres* postgresql mysql mariadb sqlite base bases bdd table tables tabelle* schema* vacuum autovacuum rows scan scans seqscan seq locks lock
INDEX index* indices indizes indice* idx
PLAN explain* plan plans planner erklar* expli* execution ausfuhrungsplan analyz*
MEMORY memory mem ram heap oom* leak* leck* speicher* arbeitsspeicher* memoire* swap* gc speicherleck* fuite* rss
CPU cpu* processor* prozessor* processeur* cores core vcpu* load auslastung
DISK disk* disc discs disque* festplatte* platte* storage volume* space filesystem* inode* ssd hdd partition* speicherplatz plattenplatz* espace stockage iops gb gigs tb terabyte* gigabyte*
RESOURCE resource* ressource* usage utili* consum* verbrauch* consomm* hog* eats eating eat burn* frisst fressen mange* saturat* overload* busy throttl* pressure auslast* belegt threads connections sockets handles descriptors pool pools pods pod container* conteneur* restarts
DEPLOY deploy* release* rollout* rolled ship* push* merge* commit* build builds pipeline* ci cd version* canary hotfix* livegang ausgerollt veroffentlich* deploi* livraison* livre mise image helm upgrade* patch* changelog changeset migration* redeploy* tag
CHANGE chang* geandert* andert* anderung* modif* neu new update* updated different diff
ROLLBACK rollback* revert* undo roll backout zuruckroll* zuruck zurueck* revenir reviens rétablir retabl* annul* restore downgrade* previous vorherig* precedent*
RESTART restart* reboot* bounce* bouncing recycle* redemarr* relanc* neustart* neuzustart* kick kill kills killing respawn* cycle neu start* stop* starte startet
SCALE scale* scaling replica* replique* instanz* instance* pods pod resize* autoscal* upscale downscale skalier* hochskalier* hochfahr* worker workers copies nodes
CAPACITY capacit* kapazitat* capa headroom exhaust* full fill fills filling voll vollauf plein pleine satur* outgrow* grow* growth wachs* wachst croissance run runs running reicht reichen suffi* suffit enough genug cope handle handles survive* sustain* dimension* bottleneck runway exceed* maxes maxed peak double* doubl* twice triple* traffic surge black christmas sale campaign headcount left ubrig remaining reste eta
FORECAST forecast* predict* project* extrapolat* prognos* prevision* prevoir* will when until before soon bald wann quand next nachste* prochain* months quarter* quartal* trimestre year estimate* expect* erwart* bientot avant future zukunft ahead anticipat*
HEALTH status* health* state stand zustand lage etat sante doing going overview ok okay fine alright alive lives lebt lauft laufen up down fire green red vert rouge grun rot sitrep summary situation good well gut bien normal* stable stabil* operating operational gesund ca va shape worried worry concern* behav* recover* vivant tourne tourn* debout healthy
EVERYTHING everything all alles tout toute tous services dienste systems system systeme* prod things stuff anything something irgendwas etwas quelque
ALERT alert* alarm* alerte* incident* warning* page pages paging paged pager warnung* meldung* notification* notifi* ticket* outage* storung* vorfall* vorfalle
OPEN open* firing active offen* ouvert* unresolved outstanding pending current* aktuell* aktiv* unacknowledged unacked going ongoing en
LIST list* show* display zeig* montre* affiche* gib give which welche* quelles quels was what tell sag auflist* ubersicht
REPORT report* bericht* rapport* digest* summary zusammenfassung resume recap* wochenbericht* tagesbericht* standup numbers zahlen figures
DAILY daily day taglich* tages* quotidien* tagesbericht morning today
WEEKLY weekly week weeks woche* wochentlich* hebdo* semaine* wochenbericht* wk
TREND trend* develop* entwick* evol* history historical verlauf* graph* chart* plot* courbe* over long langfristig months month monat* mois month weeks year quarter compared vergleich* vergliche* compar* direction better worse besser schlechter mieux pire improv* degrad* getting werden wird devient versus vs yoy mom wow used regress* progress* contrast* progression
COMPARE compar* vergleich* versus vs cmp against between zwischen entre difference* unterschied* contrast* than als gegenuber gegen
REGION region* europe europa european* eu us usa america* american* amerika* asia* asie asien continent* zone zones frankfurt ireland virginia geo geograph* everywhere uberall partout ort worldwide elsewhere
SLA sla slas slo slos uptime availab* verfugbar* disponib* budget* 9s nines 99.9 99.9% 99.95 99.95% 99.99 objective* target* ziel* reliab* zuverlass* fiab* downtime* ausfallzeit* commitment* breach* promise* contract* vertrag*
SIMILAR similar* ahnlich* semblable* pareil* before previous* already schon schonmal deja familiar recognize again wieder encore happened happen seen precedent* past recurr* known bekannt* connu* history last letzte* zuletzt derniere fois ever jemals jamais prior repeat* same resembl* deja-vu earlier fruher erinnert reminds lookalike* pattern
THRESHOLD threshold* limit* schwell* seuil* grenz* boundary cutoff trigger* tolerat* toler* allowed warn warnt alarmier* ab level levels niveau fire fires critical when configured eingestellt einstellung* configur* konfigur* settings setting rule rules regel* regle*
SET set sets setze setz setzen stell* raise raised lower increase decrease change andere andern bump put make mach modif* passe mets mettre met regle definis adjust* tighten relax loosen erhoh* senk* baisse augmente monte heb hochsetz* runter hoher notify benachrichtig* bescheid previens prevenir warn* alarmier* inform* ping
WHO who whos whom whose whodunit wer wem wen qui colleague* somebody someone jemand quelqu* person people name
AUDIT audit* log logs history protokoll* journal* did done was pressed clicked approved approve* triggered trigger* made responsible acked acknowledged silenced muted restarted scaled resolved closed changed rolled bestatigt quittiert stummgeschaltet neugestartet geschlossen geandert acquitte* ferme redemarre who trail actions action aktion* record
ONCALL oncall on-call call pager duty shift rota rotation standby bereitschaft* rufbereitschaft astreinte* garde dienst escalat* contact kontakt* reach erreich* joindre responsible zustandig* hold primary secondary
HELP help hilf* aide* aider commands command befehl* commande* features capabilit* can kannst konnen peux able use usage bedien* manual docs documentation tutorial work works funktioniert* fonctionn* fahig explain difference mean means bedeut* signifi*
GREET hello hi hey hallo moin servus salut bonjour bonsoir coucou morning evening night guten morgen tag abend good gruss* bye tschuss ciao tschau goodbye welcome willkommen yo sup howdy
THANKS thank* thx ty danke* merci cheers super toll great nice cool awesome perfect perfekt genial parfait top klasse good love brilliant lovely excellent wow lol haha bravo kudos props appreciate*
ACK ack acks acked acking acknowledg* aknowledg* quittier* bestatig* acquitt* mine meins take taking takes handle handling ubernehm* uebernehm* kummer* kuemmer* looking lookin schau* guck* investigat* checking working on dran occupe* charge regarde* grab* own owning got claim* assign* picking pick seen gesehen vu roger copy dibs debugging digging
RESOLVED resolv* fix fixed fixes solv* sorted done erledigt* gelost geloest* behob* repar* regle* reglee resolu* closed close closing schliess* zu zumachen ferm* over vorbei fini* termine* cleared clear recovered back again wieder works lauft gone weg finished cloture* clot* problem dealt
SILENCE silenc* mute* muting snooze* quiet* shut stumm* ruhe ruhig schweig* stillschalt* suppress* pause* hush coupe* tais silencieu* muet sourdine stop* arrete* dont unterdruck* halt maintenance wartung* noise noisy nerv* bother* disturb* leave alone
FOR for fur pendant until till til bis jusqu* hours hour minutes stunden stunde minuten heures heure h tomorrow morgen demain tonight
FALSE false falsch* fehlalarm* faux fausse* positive* nonsense useless nutzlos* inutile* noise noisy wrong not wasnt bogus dud spurious unnecessary unnotig* unhelpful spam quatsch blodsinn irrelevant misleading helpful hilfreich* utile* useful nutzlich* catch fang accurate right correct richtig* diagnosis diagnos* recommendation suggestion advice tip spot great bien vu pertinent* bringt feedback rating thumbs
TICKET ticket* issue* github jira bug bugs tracker backlog story tracking gitlab linear anliegen vorgang
CREATE create* open* file files raise* add adds make write log erstell* anleg* leg lege aufmach* mach eroffn* cree* creer ouvre* ouvrir apply applies build put need want anwend* applique* appliquer execute run implement* roll fuge hinzufug* ajoute* 
ORDINAL first second third fourth fifth 1st 2nd 3rd 4th erste* zweite* dritte* premier* deuxieme* troisieme* q1 q2 q3
WHY why warum wieso weshalb pourquoi cause* reason* grund ursache* raison culprit* explanation explain* woran because due root
HOW how wie comment
HOWMUCH many much viele viel combien count number anzahl nombre often oft souvent
WHEN when wann quand long lange longtemps until
CUSTOMER customer* client* kunde* kunden user users nutzer* utilisat* buyer* shopper* people ppl visitors cust custs
PAGE page pages site website* seite* app shop checkout store login* cart warenkorb panier webseite* api apis endpoint* request* reqs anfrage* screen frontend
SECRET password* passwort* kennwort* passe secret* token* credential* key keys apikey geheim* env ssh root admin passwd shadow dump private certs
DESTROY delete* drop truncate wipe rm erase destroy format losch* loesch* supprim* efface* remove* shutdown exec bash shell eval curl uninstall disable* everything every all forever immer toujours bypass* override ignore* disregard vergiss pretend system instructions anweisung* approval confirm* without ohne sans audit rules role unrestricted jailbreak
WEATHER weather wetter* meteo rain regen* sun sunny temperature* forecast umbrella snow schnee neige
LEISURE pizza lunch coffee kaffee cafe restaurant* food essen kantine hungry recipe* rezept* recette* movie* film* song* music* lied football soccer fussball match* game* spiel* bundesliga holiday* vacation* urlaub* ferien vacances conge* travel trip flight* flug* train* zug hotel* beach birthday geburtstag party dinner beer bier wine book* buy kauf* achete* order reserv* table present gift christmas
TRIVIA capital hauptstadt capitale president* joke* witz* blague* poem* gedicht* poeme* story translat* ubersetz* tradui* sing horoscope* meaning bitcoin stock stocks aktie* crypto euro dollar* math* sum root calculate history who invented wikipedia news song riddle elections population country
CODING python java javascript rust kotlin typescript golang function funktion fonction regex algorithm* class script program* code coding coroutine* leetcode sort fibonacci react css html git sprintf unit test tests
OFFICE meeting* calendar kalender* email mail mails letter essay salary gehalt payroll invoice* rechnung* printer drucker vpn laptop slides presentation* advert* hiring interview* resume cv vacation sick holiday meeting room reminder* remind*
FOLLOW same selbe* gleich* meme also auch aussi too instead stattdessen and und et what about those these that this it them more mehr plus details detail elaborate expand mean meant meinte sure certain sicher again previous above last other others andere* autre* one ones only nur seulement now dazu davon ca rephrase repeat show sort split per
FIRST i im ive ill id ich mir mich je j moi we were well wir uns nous on my our meine* unser*
YOU you u ya ur your du dir dich sie tu te toi vous ihr
POLITE please pls plz bitte svp could can would kindly kannst konntest peux pourrais pouvez
NOT not dont no never nicht kein* nie pas ne non without ohne cant wont isnt doesnt didnt havent hasnt arent wasnt jamais nobody nothing none
MAYBE should shall maybe perhaps would could might if wonder* consider* thinking soll* sollten sollte vielleicht falls wenn wurde faudrait devrait devrions si peut-etre worth vaut better tempted
";
