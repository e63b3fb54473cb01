/* A solved policy in C, by the C API of TensorFlow: the SavedModel itself, no ONNX. Where TF is the folder that
 * python -c "import tensorflow; print(tensorflow.sysconfig.get_lib())" prints:
 *   gcc saved_model_c.c -I$TF/include $TF/libtensorflow_cc.so.2 $TF/libtensorflow_framework.so.2 -Wl,-rpath,$TF
 *   ./a.out exported_models/khan_thomas
 * The names of tensors are those that `saved_model_cli show --dir exported_models/khan_thomas --all` lists. */
#include <stdint.h>
#include <stdio.h>
#include <tensorflow/c/c_api.h>

enum { INPUTS = 5, FIRMS = 5 };

static TF_Tensor *column(float from, float step) {
  int64_t rows = FIRMS;
  TF_Tensor *tensor = TF_AllocateTensor(TF_FLOAT, &rows, 1, FIRMS * sizeof(float));
  for (int row = 0; row < FIRMS; row++) ((float *)TF_TensorData(tensor))[row] = from + step * row;
  return tensor;
}

int main(int count, char **words) {
  const char *tags[] = {"serve"};
  const char *names[INPUTS] = {"policy_capital", "policy_idiosyncratic", "policy_aggregate", "policy_mean_capital",
                               "policy_price"};
  TF_Tensor *firms[INPUTS] = {column(1, 0.25f), column(1, 0), column(1, 0), column(1.55f, 0), column(2.2f, 0)};
  TF_Status *status = TF_NewStatus();
  TF_Graph *graph = TF_NewGraph();
  TF_Session *session =
      TF_LoadSessionFromSavedModel(TF_NewSessionOptions(), NULL, words[count - 1], tags, 1, graph, NULL, status);
  if (TF_GetCode(status) != TF_OK) return fprintf(stderr, "%s\n", TF_Message(status)), 1;
  TF_Output inputs[INPUTS], target = {TF_GraphOperationByName(graph, "StatefulPartitionedCall_2"), 6};
  for (int place = 0; place < INPUTS; place++)
    inputs[place] = (TF_Output){TF_GraphOperationByName(graph, names[place]), 0};
  TF_Tensor *found = NULL;
  TF_SessionRun(session, NULL, inputs, firms, INPUTS, &target, &found, 1, NULL, 0, NULL, status);
  if (TF_GetCode(status) != TF_OK) return fprintf(stderr, "%s\n", TF_Message(status)), 1;
  for (int row = 0; row < FIRMS; row++) printf("%.7g\n", ((float *)TF_TensorData(found))[row]);
  return 0;
}
