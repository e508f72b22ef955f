#pragma once

#include "cef/report/bench_page.hpp"

namespace cef::report::words {

/// One phrase of the page in every language.
struct Phrase {
  const char* english;
  const char* korean;
  [[nodiscard]] const char* in(Language language) const { return language == Language::korean ? korean : english; }
};

// Title and verdict
inline constexpr Phrase k_title{"VnV bench: test record", "VnV 벤치 시험 결과 보고서"};
inline constexpr Phrase k_made_by{"Measured by cef {} on {}; took {}.", "측정: cef {} · {} · 소요 시간 {}"};
inline constexpr Phrase k_verdict{"Verdict", "판정"};
inline constexpr Phrase k_pass{"PASS", "합격"};
inline constexpr Phrase k_fail{"FAIL", "불합격"};
inline constexpr Phrase k_invalid{"INVALID", "무효"};
inline constexpr Phrase k_pass_means{"Every edge meets both thresholds.", "모든 에지가 두 기준을 충족합니다."};
inline constexpr Phrase k_fail_means{"At least one edge misses a threshold.", "기준에 미달한 에지가 있습니다."};
inline constexpr Phrase k_invalid_means{
    "The measurement proves nothing, neither for nor against: see the reasons.",
    "측정이 유효하지 않아 합격 여부를 판단할 수 없습니다. 아래 사유를 확인하십시오."};
inline constexpr Phrase k_interrupted{"The run was interrupted; what was measured until then is shown.",
                                      "시험이 중단되었습니다. 중단 전까지 측정한 값만 표시합니다."};
inline constexpr Phrase k_judged_state{"The verdict is about {} trials.", "판정은 {} 시행을 기준으로 합니다."};
inline constexpr Phrase k_criterion{"Criterion", "항목"};
inline constexpr Phrase k_threshold{"Threshold", "기준"};
inline constexpr Phrase k_measured{"Measured", "측정값"};
inline constexpr Phrase k_interval{"95 % interval", "95% 신뢰구간"};
inline constexpr Phrase k_met{"Met", "충족"};
inline constexpr Phrase k_yes{"yes", "예"};
inline constexpr Phrase k_no{"no", "아니요"};
inline constexpr Phrase k_at_most{"at most {}", "{} 이하"};
inline constexpr Phrase k_at_least{"at least {}", "{} 이상"};
inline constexpr Phrase k_accuracy_drop{"Accuracy drop", "정확도 하락"};
inline constexpr Phrase k_saving{"Latency saving", "지연 절감률"};
inline constexpr Phrase k_image_saving{"saving of one image", "이미지 1장 지연 절감률"};
inline constexpr Phrase k_worst_edge{"largest of all edges", "에지별 최댓값"};
inline constexpr Phrase k_mean_of_edges{"mean over edges and trials", "에지·시행 전체 평균"};
inline constexpr Phrase k_reasons{"Reasons, as they were recorded:", "사유(기록 원문):"};
inline constexpr Phrase k_missed_drop{"The accuracy drop of {} is above the threshold of {}.",
                                      "정확도 하락이 {}로 기준({})을 초과했습니다."};
inline constexpr Phrase k_missed_saving{"The latency saving of {} is below the threshold of {}.",
                                        "지연 절감률이 {}로 기준({})에 미달했습니다."};
inline constexpr Phrase k_same_model{"Both configurations chose {}.", "두 구성이 같은 모델({})을 선택했습니다."};

// Configurations
inline constexpr Phrase k_configurations{"Configurations", "시험 구성"};
inline constexpr Phrase k_configuration{"Configuration", "구성"};
inline constexpr Phrase k_config1{"1 (Baseline)", "구성 1 (Baseline)"};
inline constexpr Phrase k_config2{"2 (Advanced)", "구성 2 (Advanced)"};
inline constexpr Phrase k_config1_means{"greedy: the most accurate fp32 model",
                                        "greedy: 정확도가 가장 높은 fp32 모델을 선택"};
inline constexpr Phrase k_config2_means{
    "advanced: the model predicted to be fastest end to end, at most {} less accurate than 1",
    "advanced: 구성 1 대비 정확도 하락이 {} 이내인 모델 중 종단 간 예측 시간이 가장 짧은 모델을 선택"};
inline constexpr Phrase k_policy{"Policy", "선택 방식"};
inline constexpr Phrase k_baseline{"Baseline", "Baseline"};
inline constexpr Phrase k_advanced{"Advanced", "Advanced"};
inline constexpr Phrase k_advanced_exact{"Advanced, fp32 only", "Advanced (fp32 한정)"};
inline constexpr Phrase k_fastest{"Fastest", "최단 시간"};
inline constexpr Phrase k_oracle{"Oracle", "Oracle"};

// Edges
inline constexpr Phrase k_edges{"Edges at a glance", "에지별 결과 요약"};
inline constexpr Phrase k_edge{"Edge", "에지"};
inline constexpr Phrase k_model{"Model", "모델"};
inline constexpr Phrase k_state{"State", "상태"};
inline constexpr Phrase k_cold{"cold", "콜드"};
inline constexpr Phrase k_warm{"warm", "웜"};
inline constexpr Phrase k_cold_title{"Cold: the model is not on the node", "콜드: 노드에 모델이 없는 상태"};
inline constexpr Phrase k_warm_title{"Warm: the model is on the node and loaded", "웜: 모델이 노드에 있고 로드된 상태"};
inline constexpr Phrase k_no_result{"There is no result of this edge: {}", "이 에지의 측정 결과가 없습니다: {}"};
inline constexpr Phrase k_no_edges{"The record has no edges.", "기록에 에지가 없습니다."};
inline constexpr Phrase k_changed{"The edge changed during the run", "시험 중 에지의 환경이 변했습니다"};

// Charts
inline constexpr Phrase k_savings_chart{"Latency saving of each edge, with its 95 % interval",
                                        "에지별 지연 절감률과 95% 신뢰구간"};
inline constexpr Phrase k_steps_chart{"Where a trial's time goes", "시행 1회의 단계별 소요 시간"};
inline constexpr Phrase k_ecdf_chart{"Latency of one image", "이미지 1장의 추론 지연 분포"};
inline constexpr Phrase k_plane_chart{"Accuracy against latency", "정확도와 지연"};
inline constexpr Phrase k_prediction_chart{"Latency of one image: predicted and measured",
                                           "이미지 1장의 추론 지연: 예측과 실측"};
inline constexpr Phrase k_axis_saving{"latency saving, %", "지연 절감률(%)"};
inline constexpr Phrase k_axis_trial{"mean time of one trial", "시행 1회 평균 시간"};
inline constexpr Phrase k_axis_image{"latency of one image", "이미지 1장 지연"};
inline constexpr Phrase k_axis_image_log{"latency of one image (logarithmic)", "이미지 1장 지연(로그 눈금)"};
inline constexpr Phrase k_axis_share{"images that took at most so long, %", "해당 시간 이내 이미지 비율(%)"};
inline constexpr Phrase k_axis_accuracy{"accuracy, %", "정확도(%)"};
inline constexpr Phrase k_threshold_line{"threshold {}", "기준 {}"};
inline constexpr Phrase k_front{"Pareto front", "파레토 경계"};
inline constexpr Phrase k_predicted_mark{"predicted ± 2 standard deviations", "예측 ± 2 표준편차"};
inline constexpr Phrase k_measured_mark{"measured mean", "실측 평균"};
inline constexpr Phrase k_too_small{"Steps too short to be seen are in the table.",
                                    "너무 짧아 보이지 않는 단계는 표에 있습니다."};

// Steps
inline constexpr Phrase k_status{"status", "상태 수집"};
inline constexpr Phrase k_selection{"selection", "모델 선택"};
inline constexpr Phrase k_fetch{"fetch", "모델 수신"};
inline constexpr Phrase k_load{"load", "모델 로드"};
inline constexpr Phrase k_inference{"inference", "추론"};
inline constexpr Phrase k_result{"result", "결과 전송"};
inline constexpr Phrase k_total{"total", "합계"};
inline constexpr Phrase k_trials{"trials", "시행 수"};

// Tables
inline constexpr Phrase k_steps_table{"Mean time of the steps", "단계별 평균 시간"};
inline constexpr Phrase k_latency_table{"Latency of one image and accuracy, as measured",
                                        "이미지 1장 지연과 정확도(실측)"};
inline constexpr Phrase k_accuracy{"accuracy", "정확도"};
inline constexpr Phrase k_mean{"mean", "평균"};
inline constexpr Phrase k_images{"images", "이미지 수"};
inline constexpr Phrase k_in_time{"right within {}", "{} 이내 정답률"};
inline constexpr Phrase k_comparison_table{"Configuration 2 against configuration 1", "구성 2와 구성 1의 비교"};
inline constexpr Phrase k_selection_table{"Selection: every candidate and why ({})", "모델 선택: 후보별 사유 ({})"};
inline constexpr Phrase k_candidate{"candidate", "후보"};
inline constexpr Phrase k_off_by{"off by", "오차"};
inline constexpr Phrase k_memory{"memory", "메모리"};
inline constexpr Phrase k_chosen_by{"chosen by", "선택한 방식"};
inline constexpr Phrase k_why{"why advanced took it or not", "advanced의 선택·제외 사유(원문)"};
inline constexpr Phrase k_predicted_total{"predicted trial", "예측 시행 시간"};
inline constexpr Phrase k_measured_total{"measured trial", "실측 시행 시간"};
inline constexpr Phrase k_regret_table{"Regret: how much longer than the oracle's choice",
                                       "Regret: oracle의 선택보다 더 걸린 시간의 비율"};
inline constexpr Phrase k_regret_none{
    "Regret is not known: it needs 'cef bench --oracle'.",
    "Regret을 계산할 수 없습니다. 'cef bench --oracle'로 모든 후보를 측정해야 합니다."};

// Budgets
inline constexpr Phrase k_accuracy_budget{"Accuracy budget", "정확도 예산"};
inline constexpr Phrase k_accuracy_budget_means{
    "What advanced would choose with other budgets, from the same predictions, and what its choice saves by the "
    "measured means of the trials. In brackets: the drop of the measured accuracy, in points.",
    "같은 예측값에 정확도 예산만 바꾸었을 때 advanced가 선택하는 모델과, 시행의 실측 평균으로 계산한 지연 "
    "절감률입니다. "
    "괄호 안은 실측 정확도 하락(%p)입니다."};
inline constexpr Phrase k_best{"best by hindsight: {}", "실측 기준 최선: {}"};
inline constexpr Phrase k_not_measured{"not measured", "측정 안 함"};
inline constexpr Phrase k_budget_needs_oracle{
    "Models that did not run have no measured saving; 'cef bench --oracle' measures all candidates.",
    "실행하지 않은 모델은 절감률이 없습니다. 'cef bench --oracle'은 모든 후보를 측정합니다."};
inline constexpr Phrase k_latency_budget{"Latency budget", "지연 예산"};
inline constexpr Phrase k_latency_budget_means{
    "The most accurate of the measured models of which nine images in ten are done in time (p90, warm).",
    "측정한 모델 가운데 이미지의 90%를 제한 시간 안에 처리하는(p90, 웜) 가장 정확한 모델입니다."};
inline constexpr Phrase k_within{"≤ {}", "≤ {}"};
inline constexpr Phrase k_none{"none", "없음"};

// Conditions
inline constexpr Phrase k_conditions{"Test conditions", "시험 조건"};
inline constexpr Phrase k_data{"Data", "데이터"};
inline constexpr Phrase k_dataset{"data set", "데이터셋"};
inline constexpr Phrase k_source{"source", "출처"};
inline constexpr Phrase k_digest{"SHA-256", "SHA-256"};
inline constexpr Phrase k_images_used{"images used", "사용한 이미지"};
inline constexpr Phrase k_of{"{} of {}", "{1}장 중 {0}장"};
inline constexpr Phrase k_classes{"classes", "클래스 수"};
inline constexpr Phrase k_size{"size", "크기"};
inline constexpr Phrase k_models{"Models", "모델"};
inline constexpr Phrase k_precision{"precision", "정밀도"};
inline constexpr Phrase k_file_size{"file", "파일 크기"};
inline constexpr Phrase k_parameters{"parameters", "매개변수"};
inline constexpr Phrase k_macs{"multiply-adds", "곱셈-누산"};
inline constexpr Phrase k_known_by{"known by", "정확도 근거"};
inline constexpr Phrase k_property{"property", "항목"};
inline constexpr Phrase k_before{"before the trials", "시행 전"};
inline constexpr Phrase k_after{"after the trials", "시행 후"};
inline constexpr Phrase k_settings{"Settings", "설정"};
inline constexpr Phrase k_value{"value", "값"};
inline constexpr Phrase k_repeat{"How to repeat it", "재현 방법"};
inline constexpr Phrase k_repeat_means{
    "INVENTORY and, where they were given, the folder of the weights and the options of the connection are not in the "
    "record.",
    "인벤토리(INVENTORY), 가중치 폴더, 접속 옵션은 기록에 포함되지 않으므로 시험 당시의 값을 지정하십시오."};

// Method
inline constexpr Phrase k_method{"How the figures were made", "산출 방법"};
inline constexpr Phrase k_method_trial{
    "One trial: the control node asks the edge for its status, selects, names the model; the edge fetches and loads it "
    "if need be, classifies {} images one at a time and answers. The trial's time is all of it.",
    "시행 1회: 제어 노드가 에지의 상태를 묻고 모델을 선택해 알리면, 에지는 필요할 때 모델을 받아 로드하고 이미지 "
    "{}장을 "
    "한 장씩 추론해 결과를 보냅니다. 시행 시간은 이 전체 과정의 시간입니다."};
inline constexpr Phrase k_method_saving{
    "Latency saving: mean over trials of (t_b − t_a) / t_b, t_b of the baseline, t_a of advanced; trials of both are "
    "interleaved (ABBA) on the same images. Intervals: bootstrap, seed {}.",
    "지연 절감률: 시행별 (t_b − t_a) / t_b의 평균(t_b: Baseline, t_a: Advanced). 두 구성은 같은 이미지로 번갈아(ABBA) "
    "시행합니다. 신뢰구간: 부트스트랩(시드 {})."};
inline constexpr Phrase k_method_accuracy{
    "Accuracy: share of the images that were classified right, in a pass of its own outside the timing.",
    "정확도: 시간 측정과 별도로 수행한 분류에서 정답을 맞힌 이미지의 비율입니다."};

// Signatures
inline constexpr Phrase k_sign{"Sign-off", "확인"};
inline constexpr Phrase k_tested_by{"Tested by", "시험자"};
inline constexpr Phrase k_checked_by{"Checked by", "확인자"};
inline constexpr Phrase k_approved_by{"Approved by", "승인자"};
inline constexpr Phrase k_date_signature{"Date, signature", "일자 · 서명"};

}  // namespace cef::report::words
