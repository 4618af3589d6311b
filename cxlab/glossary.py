"""What every column of every result means, so that a table never needs a second explanation.

One entry a name: its meaning, its unit, how it is printed, and its label in each language. A test holds every result of
the face to this list, and the tables of a report take their headings from it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One column name. `format` is one of text, int, number, share (0–1, printed as %), points (NPS points), pvalue, bool."""

    name: str
    meaning: str
    unit: str
    format: str
    en: str
    pt: str

    @property
    def label(self) -> dict[str, str]:
        return {"en": self.en, "pt-BR": self.pt}


_ROWS = """
term | name of a model's term | | text | Term | Termo
touchpoint | id of a touchpoint, or all_touchpoints | | text | Touchpoint | Ponto de contato
outcome | id of an outcome | | text | Outcome | Resultado
scale | ends of the scale of answers | | text | Scale | Escala
stage | id of the journey stage | | text | Stage | Etapa
contact | direct or indirect contact | | text | Contact | Contato
channels | channels that the touchpoint has, joined by | | text | Channels | Canais
kind | kind of an outcome: nps, csat, ces, score, binary, amount | | text | Kind | Tipo
role | what a rating asks: expectation, adequate, experience, importance, emotion, outcome, construct | | text | Question | Pergunta
metric | id of a loyalty metric | | text | Metric | Indicador
group | the variable that splits the respondents, or all | | text | Split by | Corte
lower | the group with the lower estimate | | text | Lower group | Grupo menor
higher | the group with the higher estimate | | text | Higher group | Grupo maior
unit | what an amount is counted in: an ISO 4217 currency or a word of the study's own | | text | Unit | Unidade
level | the value of that variable, or all | | text | Group | Grupo
comment | id of a question with free text | | text | Question | Pergunta
text | what a respondent wrote | | text | Comment | Comentário
value | an answer on the scale; of a numeric moderator, where on it a slope is taken | scale points | number | Answer | Resposta
form | form of a gap model | | text | Form | Forma
estimate | the estimate | as the quantity | number | Estimate | Estimativa
std_error | standard error of the estimate | as the estimate | number | Std. error | Erro padrão
statistic | test statistic (t, z, F or χ²) | | number | Statistic | Estatística
p_value | probability of a result at least this far from the null | 0–1 | pvalue | p | p
conf_low | lower end of the confidence interval | as the estimate | number | Low | Inferior
conf_high | upper end of the confidence interval | as the estimate | number | High | Superior
boot_low | lower end of the bootstrap percentile interval | as the estimate | number | Low (bootstrap) | Inferior (bootstrap)
boot_high | upper end of the bootstrap percentile interval | as the estimate | number | High (bootstrap) | Superior (bootstrap)
n | respondents (rows) that the number rests on | respondents | int | n | n
n_loss | respondents whose experience was below their expectation | respondents | int | Below expectation | Abaixo da expectativa
n_gain | respondents whose experience was above their expectation | respondents | int | Above expectation | Acima da expectativa
n_eff | effective number of respondents after weighting, (Σw)²/Σw² (Kish 1965) | respondents | int | Effective n | n efetivo
design_effect | variance of the mean under this design, against a plain sample with replacement of as many (Kish 1965) | | number | Design effect | Efeito do plano amostral
promoters | share of answers 9–10 | 0–1 | share | Promoters | Promotores
passives | share of answers 7–8 | 0–1 | share | Passives | Neutros
detractors | share of answers 0–6 | 0–1 | share | Detractors | Detratores
share | a touchpoint's part of R² (McFadden's for ordinal and binary models), in units of R²; of a distribution, the share of answers | 0–1 | share | Share | Participação
share_relative | a touchpoint's part of what all explain: its share divided by the sum of the shares | 0–1 | share | Share of explained variance | Parte da variância explicada
relative_low | lower end of the interval of share_relative | 0–1 | share | Low | Inferior
relative_high | upper end of the interval of share_relative | 0–1 | share | High | Superior
rank | 1 = largest share | | int | Rank | Posição
rank_low | best rank in the bootstrap interval | | int | Best rank | Melhor posição
rank_high | worst rank in the bootstrap interval | | int | Worst rank | Pior posição
p_top3 | share of bootstrap samples in which the touchpoint is among the first three | 0–1 | share | In top 3 | Entre os 3 primeiros
p_rank | share of bootstrap samples in which the touchpoint takes this rank | 0–1 | share | At this rank | Nesta posição
method | how importance was measured: lmg, johnson, pratt, beta, zero_order | | text | Method | Método
mc_error | standard error of a share that comes from sampling orders of the drivers, not from the respondents | 0–1 | number | Sampling error | Erro de amostragem
size | number of drivers in the model, the touchpoint counted | | int | Drivers in the model | Determinantes no modelo
other | the touchpoint that it is compared with | | text | Compared with | Comparado com
complete | whether the touchpoint adds more than the other to every subset of the other drivers (complete dominance) | | bool | Always adds more | Sempre acrescenta mais
conditional | whether it adds more on average at every number of drivers (conditional dominance) | | bool | At every size | Em todo tamanho
general | whether it adds more on average over all (general dominance, a larger LMG share) | | bool | On average | Em média
share_of_subsets | of the subsets of the other drivers, the part to which the touchpoint adds more than the other | 0–1 | share | Of the subsets | Dos subconjuntos
p_complete | share of bootstrap samples with complete dominance | 0–1 | share | Always, in samples | Sempre, nas amostras
p_conditional | share of bootstrap samples with conditional dominance | 0–1 | share | At every size, in samples | Em todo tamanho, nas amostras
p_general | share of bootstrap samples with general dominance | 0–1 | share | On average, in samples | Em média, nas amostras
slope | change in the outcome per scale point of experience, others held; of ordinal and binary models the average marginal effect | outcome units per scale point | number | Slope | Inclinação
slope_low | lower end of the slope's interval | outcome units per scale point | number | Slope, low | Inclinação, inferior
slope_high | upper end of the slope's interval | outcome units per scale point | number | Slope, high | Inclinação, superior
pooled | slope of a group drawn towards that of all groups, by how much of its variance is error (empirical Bayes) | outcome units per scale point | number | Slope, pooled | Inclinação combinada
pooled_low | lower end of the pooled slope's interval | outcome units per scale point | number | Low | Inferior
pooled_high | upper end of the pooled slope's interval | outcome units per scale point | number | High | Superior
omitted | groups left out because too few of them answered | | text | Groups left out | Grupos excluídos
measure | what an effect is told in: outcome (its own scale), nps_points, probability | | text | Measured in | Medido em
overall | change in the mean of all respondents when those who met the touchpoint rate it a point higher | as the estimate | number | Of all customers | De todos os clientes
overall_low | lower end of the interval of overall | as the estimate | number | Low | Inferior
overall_high | upper end of the interval of overall | as the estimate | number | High | Superior
asked | change of the rating that was asked for | scale points | number | Change asked | Mudança pedida
reached | mean change that the ends of the scale leave, among those who met the touchpoint | scale points | number | Change reached | Mudança alcançada
at_ceiling | share of those who met the touchpoint whom the end of the scale stopped | 0–1 | share | Stopped by the scale | Parados pela escala
baseline | mean outcome that the model expects as things stand | outcome units | number | Now | Agora
expected | mean outcome that the model expects after the change | outcome units | number | Expected | Esperado
sign | + or - where the slope's test leaves out 0 after Holm's adjustment over the touchpoints, else ? | | text | Sign | Sinal
expectation | mean expectation, or an expectation rating | scale points | number | Expectation | Expectativa
experience | mean experience, or an experience rating | scale points | number | Experience | Experiência
experience_low | lower end of the interval of the mean experience | scale points | number | Experience, low | Experiência, inferior
experience_high | upper end of the interval of the mean experience | scale points | number | Experience, high | Experiência, superior
used | of those asked, the share that met the touchpoint; in augment, whether the row entered the fit | 0–1 | share | Met it | Usaram
r_squared | share of the outcome's variance that the model explains; of ordinal and binary models McFadden's 1 − log L / log L₀, of mixed ones that of the terms | 0–1 | number | R² | R²
adj_r_squared | R² adjusted for the number of terms | ≤ 1 | number | Adjusted R² | R² ajustado
r_squared_cv | leave-one-out cross-validated R² (PRESS, Allen 1974; clusters left out whole where there are any) | ≤ 1 | number | R² on new data | R² em dados novos
aicc | Akaike's criterion, small-sample form (Hurvich & Tsai 1989) | | number | AICc | AICc
aicc_weight | Akaike weight among the forms compared | 0–1 | share | Weight of evidence | Peso da evidência
bic | Schwarz's criterion | | number | BIC | BIC
df | degrees of freedom of a test; of a form, its free terms, the intercept counted | | int | df | gl
df_residual | degrees of freedom that the intervals use | | int | Residual df | gl residuais
log_likelihood | logarithm of the likelihood at its maximum (restricted in mixed models; weights of mean 1) | | number | Log-likelihood | Log-verossimilhança
gradient | largest gradient of the likelihood per row where the search ended, 0 at a true maximum | | number | Gradient | Gradiente
categories | different answers that an ordinal or binary model tells apart | | int | Answers | Respostas
icc | intraclass correlation: the share of the unexplained variance that lies between groups | 0–1 | share | Between groups | Entre grupos
variance_between | variance between groups that the terms leave unexplained | outcome units² | number | Variance between | Variância entre
variance_within | variance within groups that the terms leave unexplained | outcome units² | number | Variance within | Variância dentro
rmse | root mean squared residual | outcome units | number | Residual s.d. | D.p. residual
chosen | the form recommended by the stated rule | | bool | Chosen | Escolhida
note | why a quantity is uncertain or undefined | | text | Note | Nota
check | what a diagnosis looked at | | text | Check | Verificação
supported | whether respondents lie near this point of the surface | | bool | Data here | Há dados
model | model that was fitted | | text | Model | Modelo
covariance | kind of covariance behind the standard errors | | text | Standard errors | Erros padrão
missing | how unanswered and unused ratings were treated | | text | Missing answers | Respostas ausentes
fmi | fraction of missing information: the part of what the answers would have told about the term that is lost; of a whole fit, the largest | 0–1 | share | Information missing | Informação ausente
n_imputed | completed data sets that a fit was pooled from | | int | Imputations | Imputações
tau | Kendall's tau_b between this ranking of touchpoints and that of the usual treatment of missing answers | −1–1 | number | Agreement of ranks (τ) | Concordância de posições (τ)
weighted | whether sampling weights were used | | bool | Weighted | Ponderado
clusters | number of clusters, 0 when rows are independent | | int | Clusters | Conglomerados
observed | the outcome as answered | outcome units | number | Observed | Observado
fitted | the outcome that the model expects | outcome units | number | Fitted | Ajustado
residual | observed − fitted | outcome units | number | Residual | Resíduo
leverage | pull of the row on its own fit | 0–1 | number | Leverage | Alavancagem
reason | why a row was left out | | text | Reason | Motivo
bca_low | lower end of the bias-corrected and accelerated bootstrap interval | as the estimate | number | Low (BCa) | Inferior (BCa)
bca_high | upper end of the bias-corrected and accelerated bootstrap interval | as the estimate | number | High (BCa) | Superior (BCa)
against | the richer form that a form's constraint is tested against | | text | Tested against | Testada contra
p_holm | p adjusted by Holm over the touchpoints | 0–1 | pvalue | p (Holm) | p (Holm)
part | part of a claim that a condition belongs to: broad or strict | | text | Part | Parte
requirement | what must hold | | text | Must be | Deve ser
holds | whether the condition holds | | bool | Holds | Vale
verdict | of congruence, strict, broad or none; of a diagnosis or a scale, ok, caution or unsafe | | text | Verdict | Veredito
msa | measure of service adequacy: experience − adequate level | scale points | number | Above adequate | Acima do adequado
msa_low | lower end of the interval of msa | scale points | number | Low | Inferior
msa_high | upper end of the interval of msa | scale points | number | High | Superior
mss | measure of service superiority: experience − desired level | scale points | number | Above desired | Acima do desejado
mss_low | lower end of the interval of mss | scale points | number | Low | Inferior
mss_high | upper end of the interval of mss | scale points | number | High | Superior
below | share of respondents whose experience is below their zone of tolerance | 0–1 | share | Below the zone | Abaixo da zona
inside | share inside their zone | 0–1 | share | Inside | Dentro
above | share above their zone | 0–1 | share | Above | Acima
penalty | what a low rating goes with, against the middle | outcome units | number | Penalty | Penalidade
penalty_low | lower end of the penalty's interval | outcome units | number | Low | Inferior
penalty_high | upper end of the penalty's interval | outcome units | number | High | Superior
reward | what a high rating goes with, against the middle | outcome units | number | Reward | Recompensa
reward_low | lower end of the reward's interval | outcome units | number | Low | Inferior
reward_high | upper end of the reward's interval | outcome units | number | High | Superior
asymmetry | reward less the size of the penalty | outcome units | number | Reward − penalty | Recompensa − penalidade
asymmetry_low | lower end of the asymmetry's interval | outcome units | number | Low | Inferior
asymmetry_high | upper end of the asymmetry's interval | outcome units | number | High | Superior
class | basic, performance, excitement or indifferent; of Kano's questionnaire, the leading kind | | text | Class | Classe
second | the second most frequent kind of Kano's questionnaire | | text | Second | Segunda
p_basic | share of bootstrap samples classed as basic | 0–1 | share | Basic | Básico
p_performance | share of bootstrap samples classed as performance | 0–1 | share | Performance | Desempenho
p_excitement | share of bootstrap samples classed as excitement | 0–1 | share | Excitement | Encantamento
p_indifferent | share of bootstrap samples classed as indifferent | 0–1 | share | Indifferent | Indiferente
must_be | respondents to whom it is a must | respondents | int | Must-be | Obrigatório
one_dimensional | respondents to whom more is better | respondents | int | One-dimensional | Unidimensional
attractive | respondents to whom it is a delight | respondents | int | Attractive | Atrativo
indifferent | respondents to whom it makes no difference | respondents | int | Indifferent | Indiferente
reverse | respondents who want the opposite | respondents | int | Reverse | Reverso
questionable | respondents whose two answers contradict each other | respondents | int | Questionable | Questionável
better | CS+ = (A+O)/(A+O+M+I) | 0–1 | share | CS+ | CS+
better_low | lower end of the interval of CS+ | 0–1 | share | Low | Inferior
better_high | upper end of the interval of CS+ | 0–1 | share | High | Superior
worse | CS− = −(O+M)/(A+O+M+I) | −1–0 | share | CS− | CS−
worse_low | lower end of the interval of CS− | −1–0 | share | Low | Inferior
worse_high | upper end of the interval of CS− | −1–0 | share | High | Superior
functional | question "if it is there" asked | | bool | Functional | Funcional
dysfunctional | question "if it is not there" asked | | bool | Dysfunctional | Disfuncional
priority | fix_first, keep_up, watch or maintain | | text | Priority | Prioridade
clear | whether the data tell it surely: both intervals on their side of the lines; of Kano's questionnaire, Fong's test | | bool | Clear | Clara
step | step of reading a study | | text | Step | Passo
dropped | respondents lost at this step | respondents | int | Left out | Excluídos
answered | ratings given | ratings | int | Answered | Respondidas
not_used | respondents who never met the touchpoint | respondents | int | Never used | Nunca usou
no_answer | refused or don't know | respondents | int | No answer | Sem resposta
not_asked | not asked, by routing or in that wave | respondents | int | Not asked | Não perguntada
importance | stated importance asked | | bool | Importance | Importância
adequate | adequate (minimum) level: whether asked, or its mean | scale points | number | Adequate | Adequado
emotion | emotion asked | | bool | Emotion | Emoção
file | file name | | text | File | Arquivo
sha256 | fingerprint of the file's bytes | | text | SHA-256 | SHA-256
rows | rows of the file | rows | int | Rows | Linhas
severity | error or warning | | text | Severity | Gravidade
column | column of the file | | text | Column | Coluna
problem | what is wrong | | text | Problem | Problema
fix | what to do | | text | What to do | O que fazer
coefficient | planted slope of a simulated study | outcome units per scale point | number | Planted slope | Inclinação plantada
client | client of a report | | text | Client | Cliente
language | language of a report | | text | Language | Idioma
status | what became of a report: done, unchanged or failed | | text | Status | Situação
seconds | time that a report took | seconds | number | Seconds | Segundos
quantity | name of a planted quantity | | text | Planted quantity | Quantidade plantada
construct | id of something asked by several questions: a construct, an outcome or a touchpoint | | text | Scale of questions | Escala de perguntas
item | one of the questions that a scale consists of (its column) | | text | Item | Item
items | number of questions of a scale | questions | int | Items | Itens
alpha | Cronbach's (1951) alpha of a scale's items | ≤ 1 | number | Alpha | Alfa
alpha_low | lower end of alpha's interval | ≤ 1 | number | Low | Inferior
alpha_high | upper end of alpha's interval | ≤ 1 | number | High | Superior
omega | McDonald's omega total of a scale's items, by a one-factor model | 0–1 | number | Omega | Ômega
item_rest | correlation of an item with the sum of the others | −1–1 | number | Item–rest r | r item–resto
alpha_dropped | alpha of the scale without the item | ≤ 1 | number | Alpha without it | Alfa sem o item
"""


def _entries() -> dict[str, Entry]:
    entries = {}
    for row in _ROWS.strip().splitlines():
        # The last four fields never hold a bar, so a bar inside a meaning does no harm.
        head, unit, kind, en, pt = (part.strip() for part in row.rsplit("|", 4))
        name, meaning = (part.strip() for part in head.split("|", 1))
        entries[name] = Entry(name, meaning, unit, kind, en, pt)
    return entries


GLOSSARY: dict[str, Entry] = _entries()
